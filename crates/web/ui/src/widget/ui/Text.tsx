import { pieces } from '../format.ts';

/** Words as they were written. Nothing in them is markup; addresses that may be opened are links. */
export function Text({ text }: { text: string }) {
  return (
    <>
      {pieces(text).map((piece) =>
        piece.href ? (
          <a class="raw" href={piece.href} target="_blank" rel="noopener noreferrer nofollow ugc" dir="ltr">{piece.text}</a>
        ) : (
          piece.text
        ),
      )}
    </>
  );
}
