/* Buttons post to the control plane and show the page anew. */
(function () {
  "use strict";
  document.addEventListener("click", async function (event) {
    const button = event.target.closest("button[data-post]");
    if (!button) { return; }
    const body = JSON.parse(button.dataset.body);
    if (button.dataset.testid === "capture-some") {
      document.querySelectorAll("input[data-item]").forEach(function (field) {
        if (Number(field.value) > 0) { body.items[field.dataset.item] = Number(field.value); }
      });
    }
    button.disabled = true;
    const answer = await fetch(button.dataset.post, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    if (answer.ok) { setTimeout(function () { location.reload(); }, 250); return; }
    const problem = await answer.json().catch(function () { return null; });
    document.getElementById("problem").textContent = (problem && (problem.ErrorCode + ": " + problem.ErrorMessage)) || "It did not work.";
    button.disabled = false;
  });
})();
