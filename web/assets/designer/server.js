// Talks to the designer's routes: JSON both ways, the CSRF token in a header, refusals as sentences.

const token = document.querySelector("meta[name=csrf-token]")?.content ?? "";

/** A refusal: what to tell the designer, and the findings when there are any. */
export class Refusal extends Error {
  constructor(status, answer) {
    super(answer.message);
    this.status = status;
    this.findings = answer.findings ?? [];
    this.kind = answer.kind;
    this.newest = answer.newest_definition;
  }
}

/** Send JSON and answer the decoded answer; throws a Refusal. `unreachable` is said when there is no answer at all. */
export async function send(url, content, unreachable) {
  let response;
  try {
    response = await fetch(url, {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json", "X-CSRFToken": token },
      body: JSON.stringify(content),
    });
  } catch {
    throw new Refusal(0, { message: unreachable });
  }
  const answer = await response.json().catch(() => ({ message: unreachable }));
  if (!response.ok) throw new Refusal(response.status, answer);
  return answer;
}
