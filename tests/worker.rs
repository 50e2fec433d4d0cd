//! `kefu worker` as the gateway starts it: a process with limits, one file in, one file out.

use std::{
    io::{Cursor, Write},
    os::unix::fs::PermissionsExt,
    process::{Command, Output, Stdio},
};

fn work(args: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_kefu"))
        .arg("worker")
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the worker starts");
    let mut to = child.stdin.take().expect("an input");
    let input = input.to_vec();
    let told = std::thread::spawn(move || drop(to.write_all(&input)));
    let output = child.wait_with_output().expect("the worker ends");
    told.join().expect("the input was told");
    output
}

fn noise(side: u32) -> Vec<u8> {
    let mut state = 7_u32;
    let picture = image::RgbImage::from_fn(side, side, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [r, g, b, _] = state.to_be_bytes();
        image::Rgb([r, g, b])
    });
    let mut png = Cursor::new(Vec::new());
    let written = picture.write_to(&mut png, image::ImageFormat::Png);
    written.expect("a PNG");
    png.into_inner()
}

#[test]
fn a_picture_comes_back_smaller() {
    let done = work(&["picture-200000"], &noise(700));
    assert!(done.status.success(), "{done:?}");
    assert!(done.stdout.starts_with(b"\xff\xd8\xff") && done.stdout.len() <= 200_000);
}

#[test]
fn what_is_no_picture_and_what_is_no_job_fail_without_output() {
    for (job, input) in [("picture-200000", b"tea".as_slice()), ("sing", b"tea")] {
        let done = work(&[job], input);
        assert!(!done.status.success() && done.stdout.is_empty(), "{job}");
    }
}

#[test]
fn without_ffmpeg_a_voice_stays_as_it_is() {
    let done = work(&["--ffmpeg", "/nowhere/ffmpeg", "playable"], b"#!AMR\n");
    assert!(!done.status.success() && done.stdout.is_empty());
    assert!(String::from_utf8_lossy(&done.stderr).contains("/nowhere/ffmpeg"));
}

#[test]
fn a_voice_goes_through_ffmpeg_within_limits() {
    // The command line and the limits, with a program that tells them.
    let folder = tempfile::tempdir().expect("a folder");
    let told = folder.path().join("ffmpeg");
    std::fs::write(&told, "#!/bin/sh\necho \"$@\"; ulimit -t; ulimit -v; cat\n").expect("written");
    let all = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&told, all).expect("allowed");
    let done = work(&["--ffmpeg", &told.to_string_lossy(), "amr"], b"voice");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{done:?}");
    assert!(
        said.contains("-protocol_whitelist pipe") && said.contains("-f amr"),
        "{said}"
    );
    assert!(said.contains("\n15\n2097152\nvoice"), "{said}");

    // With the real one, if this machine has it.
    if Command::new("ffmpeg").arg("-version").output().is_err() {
        eprintln!("ffmpeg is not installed here: the real conversion did not run");
        return;
    }
    eprintln!("ffmpeg is installed here: a voice is converted");
    // One second of silence: 50 frames of AMR at 4.75 kbit/s without speech.
    let mut amr = b"#!AMR\n".to_vec();
    amr.extend([0x7c; 50]);
    let done = work(&["playable"], &amr);
    assert!(done.status.success(), "{done:?}");
    assert!(!done.stdout.is_empty());
}
