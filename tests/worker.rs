//! `kefu worker` as the gateway starts it: a process with limits, one file in, one file out.

use std::{
    io::{Cursor, Write},
    os::unix::fs::PermissionsExt,
    process::{Command, Output, Stdio},
};

const FFMPEG: &str = "these tests need ffmpeg: apt-get install ffmpeg (make test does it)";

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

/// A program in the place of ffmpeg.
fn program(folder: &tempfile::TempDir, script: &str) -> String {
    let place = folder.path().join("ffmpeg");
    std::fs::write(&place, script).expect("written");
    let all = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&place, all).expect("allowed");
    place.to_string_lossy().into_owned()
}

#[test]
fn the_first_picture_of_a_film_is_taken_from_a_file_that_can_be_gone_back_in() {
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::write(folder.path().join("frame"), noise(200)).expect("written");
    // It reads its input twice, as a film whose end says where its beginning is has to be read.
    let script = format!(
        "#!/bin/sh\ntest \"$(cat /proc/self/fd/0)$(cat /proc/self/fd/0)\" = filmfilm && cat {}/frame\n",
        folder.path().display()
    );
    let done = work(
        &["--ffmpeg", &program(&folder, &script), "still-65536"],
        b"film",
    );
    assert!(done.status.success(), "{done:?}");
    assert!(done.stdout.starts_with(b"\xff\xd8\xff") && done.stdout.len() <= 65_536);
    for script in ["#!/bin/sh\necho tea\n", "#!/bin/sh\nexit 1\n"] {
        let done = work(
            &["--ffmpeg", &program(&folder, script), "still-65536"],
            b"film",
        );
        assert!(!done.status.success() && done.stdout.is_empty(), "{script}");
    }

    // With the real one.
    let film = folder.path().join("film.mp4");
    let source = "testsrc=duration=1:size=1280x720:rate=5";
    let made = Command::new("ffmpeg")
        .args([
            "-loglevel",
            "error",
            "-f",
            "lavfi",
            "-i",
            source,
            "-pix_fmt",
            "yuv420p",
        ])
        .arg(&film)
        .status();
    assert!(made.expect(FFMPEG).success());
    let film = std::fs::read(film).expect("a film");
    let done = work(&["still-65536"], &film);
    assert!(done.status.success(), "{done:?}");
    assert!(done.stdout.starts_with(b"\xff\xd8\xff") && done.stdout.len() <= 65_536);
    let still = image::load_from_memory(&done.stdout).expect("a picture");
    assert_eq!(still.width() * 9, still.height() * 16);
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
    let told = program(
        &folder,
        "#!/bin/sh\necho \"$@\"; ulimit -t; ulimit -v; cat\n",
    );
    let done = work(&["--ffmpeg", &told, "amr"], b"voice");
    let said = String::from_utf8_lossy(&done.stdout).into_owned();
    assert!(done.status.success(), "{done:?}");
    assert!(
        said.contains("-protocol_whitelist pipe") && said.contains("-f amr"),
        "{said}"
    );
    assert!(said.contains("\n15\n2097152\nvoice"), "{said}");

    // With the real one.
    Command::new("ffmpeg")
        .arg("-version")
        .output()
        .expect(FFMPEG);
    // One second: 50 frames of AMR at 4.75 kbit/s.
    let mut amr = b"#!AMR\n".to_vec();
    for _ in 0..50 {
        amr.push(0x04);
        amr.extend([0; 12]);
    }
    let done = work(&["playable"], &amr);
    assert!(done.status.success(), "{done:?}");
    assert!(!done.stdout.is_empty());
}
