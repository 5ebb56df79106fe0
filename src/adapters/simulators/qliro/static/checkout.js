/* The page inside the iframe: draws the order, talks to the web API, tells the shop's page what happens. */
(function () {
  "use strict";
  const app = document.getElementById("app");
  const overlay = document.getElementById("overlay");
  const dialog = document.getElementById("challenge");
  const session = { config: null, view: null, locked: false, busy: false, watch: false, validates: false, excluded: [] };
  let host = null, hostOrigin = null, t = window.qliroTexts.en, declined = null, problem = null, timer = null, validated = null, expired = false;

  /* ---- talking to the shop's page ---- */
  function tell(kind, data) { if (host) { host.postMessage({ qliro: kind, data: data }, hostOrigin); } }
  const heard = {
    init(data) {
      Object.assign(session, { config: data.config, locked: data.locked, excluded: data.excluded, watch: data.watch, validates: data.validates });
      t = Object.assign({}, window.qliroTexts.en, window.qliroTexts[data.config.language.slice(0, 2)] || {});
      t.m = Object.assign({}, window.qliroTexts.en.m, t.m);
      t.r = Object.assign({}, window.qliroTexts.en.r, t.r);
      document.documentElement.lang = data.config.language;
      document.title = t.title;
      style(data.config.styling || {});
      load().then(() => { tell("loaded"); poll(); });
    },
    lock() { session.locked = true; cover(); poll(); },
    unlock() { session.locked = false; cover(); refresh(); },
    watch(on) { session.watch = on; poll(); },
    validates(on) { session.validates = on; },
    exclude(modules) { session.excluded = modules; draw(); },
    validated(answer) { if (validated) { validated(answer); validated = null; } },
    showExpired() { expired = true; draw(); },
  };
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || !event.data || !Object.hasOwn(heard, event.data.qliro)) { return; }
    if (event.data.qliro === "init") { host = event.source; hostOrigin = event.origin; }
    if (host && event.origin === hostOrigin) { heard[event.data.qliro](event.data.data); }
  });

  /* ---- talking to the simulator ---- */
  async function api(method, path, body) {
    const answer = await fetch(session.config.api + "orders/" + session.config.orderId + path, {
      method, cache: "no-store",
      headers: { Authorization: session.config.auth, "Content-Type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (answer.status === 401) { clearTimeout(timer); tell("expired"); throw new Error("expired"); }
    const data = await answer.json().catch(() => null);
    if (!answer.ok) { throw new Error((data && (data.ErrorMessage || data.DetailedErrorMessage)) || "failed"); }
    return data;
  }
  async function load() { try { take(await api("GET", "")); } catch (error) { fail(error); } }
  async function refresh() { try { take(await api("GET", "")); } catch (error) { /* the next poll tries again */ } }
  function updateOf(view) {
    return { merchantUpdateVersion: view.merchantUpdateVersion, totalPrice: view.totalPrice,
      orderItems: view.orderItems.map((i) => ({ merchantReference: i.merchantReference, pricePerItemIncVat: i.pricePerItemIncVat, quantity: i.quantity })) };
  }
  function poll() {
    clearTimeout(timer);
    if (!session.view || expired) { return; }
    const wait = session.locked && session.watch ? session.config.poll : 4000;
    timer = setTimeout(async () => {
      await refresh();
      if (session.locked && session.watch) { tell("orderUpdated", updateOf(session.view)); }
      poll();
    }, wait);
  }
  const same = (a, b) => JSON.stringify(a) === JSON.stringify(b);
  function take(view) {
    const old = session.view;
    session.view = view;
    tell("update", updateOf(view));
    if (view.status === "InProcess") { events(old || { customer: null, payment: null, shipping: null }, view); }
    if (!old || !same(old, view)) { draw(); }
    if (view.challenge && !dialog.open && !session.busy) { ask(); }
  }
  function events(old, view) {
    if (view.customer && !same(old.customer, view.customer)) {
      const c = view.customer;
      tell("customer", c.isMasked ? { email: c.email, mobileNumber: c.mobileNumber, address: { isMasked: true } }
        : { email: c.email, mobileNumber: c.mobileNumber, address: c.address, personalNumber: c.personalNumber, organizationNumber: c.organizationNumber });
    }
    if (view.customer && view.shipping && !same(old.customer && old.shipping, view.shipping)) {
      const before = old.customer && old.shipping, now = view.shipping;
      const repriced = before && same(Object.assign({}, before, { price: 0, priceExVat: 0, totalShippingPrice: 0, totalShippingPriceExVat: 0 }),
        Object.assign({}, now, { price: 0, priceExVat: 0, totalShippingPrice: 0, totalShippingPriceExVat: 0 }));
      if (repriced) { tell("shippingPrice", { price: now.price, total: now.totalShippingPrice }); } else { tell("shipping", now); }
    }
    if (view.payment && !same(old.payment, view.payment)) { tell("payment", view.payment); }
  }
  async function act(method, path, body) {
    problem = null; declined = null; session.busy = true; cover();
    try { take(await api(method, path, body)); } catch (error) { fail(error); } finally { session.busy = false; cover(); }
  }
  function fail(error) {
    if (error.message === "expired") { return; }
    problem = { unknown_person: t.unknown, too_young: t.tooYoung, wrong_type: t.wrongType }[error.message] || t.failed;
    draw();
  }

  /* ---- buying ---- */
  async function buy() {
    if (session.locked || session.busy) { return; }
    session.busy = true; problem = null; declined = null; cover(); draw();
    if (session.validates) {
      const answer = await new Promise((resolve) => { validated = resolve; tell("validate"); });
      if (!answer.proceed) { session.busy = false; problem = answer.message || t.cartChanged; cover(); draw(); return; }
    }
    tell("paymentStart");
    await finish(() => api("POST", "/purchase", {}));
  }
  async function finish(step) {
    session.busy = true; cover();
    let outcome;
    try { outcome = await step(); } catch (error) { session.busy = false; cover(); tell("paymentEnd"); fail(error); return; }
    if (outcome.result === "challenge") { session.busy = false; cover(); ask(); return; }
    if (outcome.result === "declined") {
      declined = { reason: outcome.reason, message: outcome.message };
      session.busy = false; cover(); tell("paymentEnd"); tell("declined", declined); await refresh(); draw(); return;
    }
    tell("paymentEnd");
    await refresh();
    session.busy = false; cover();
    tell("completed", { redirectUrl: outcome.redirectUrl });
  }
  function ask() {
    dialog.replaceChildren(
      make("h2", { id: "challenge-title" }, t.bank),
      make("p", {}, t.bankText.replace("{amount}", money(session.view.totalPrice))),
      make("div", { class: "row" },
        button(t.no, "challenge-fail", () => answer(false), "quiet"),
        button(t.yes, "challenge-approve", () => answer(true), "buy")));
    dialog.showModal();
    dialog.style.top = Math.max(12, near() - dialog.offsetHeight / 2) + "px";
  }
  function answer(approve) { dialog.close(); finish(() => api("POST", "/challenge", { approve })); }
  dialog.addEventListener("cancel", (event) => { event.preventDefault(); answer(false); });

  /* ---- drawing ---- */
  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "on") { Object.entries(value).forEach(([event, handler]) => node.addEventListener(event, handler)); }
      else if (typeof value === "boolean") { node[name] = value; }
      else if (value !== null && value !== undefined) { node.setAttribute(name === "testid" ? "data-testid" : name, value); }
    }
    node.append(...children.filter((c) => c !== null && c !== undefined));
    return node;
  }
  const button = (text, testid, click, kind) => make("button", { type: "button", testid, class: kind || "quiet", on: { click } }, text);
  function money(amount) {
    return new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: session.view.currency }).format(amount);
  }
  /* The iframe is as tall as its content, so "the middle of the screen" is where the customer last was. */
  let lastY = 160;
  const near = () => Math.min(lastY, Math.max(160, document.documentElement.scrollHeight - 160));
  app.addEventListener("pointerdown", (event) => { lastY = event.pageY; });
  app.addEventListener("focusin", (event) => { lastY = event.target.getBoundingClientRect().top + window.scrollY; });
  function cover() {
    overlay.style.paddingTop = Math.max(24, near() - 40) + "px";
    const text = session.locked ? t.locked : t.wait;
    overlay.hidden = !(session.locked || session.busy);
    overlay.querySelector("p").textContent = text;
    app.toggleAttribute("inert", session.locked || session.busy);
    const press = app.querySelector("[data-testid=buy]");
    if (press) { press.disabled = session.locked || session.busy || !ready(); }
  }
  const ready = () => session.view && session.view.customer && session.view.payment && !session.view.expired;

  function draw() {
    if (!session.view) { app.replaceChildren(note("error", problem || t.failed)); return; }
    const focused = document.activeElement && document.activeElement.dataset ? document.activeElement.dataset.testid : null;
    const typed = Object.fromEntries([...app.querySelectorAll("input[type=text],input[type=email]")].map((i) => [i.dataset.testid, i.value]));
    app.replaceChildren(...parts());
    for (const input of app.querySelectorAll("input[type=text],input[type=email]")) {
      if (typed[input.dataset.testid]) { input.value = typed[input.dataset.testid]; }
    }
    const again = focused && app.querySelector("[data-testid='" + CSS.escape(focused) + "']");
    if (again) { again.focus({ preventScroll: true }); }
    cover();
  }
  function parts() {
    const view = session.view;
    if (expired) { return [result("session-expired", "!", t.expired, t.expiredText, button(t.reload, "reload", () => tell("reload"), "buy"))]; }
    if (view.status === "Refused") { return [result("refused", "×", t.refused, t.refusedText)]; }
    if (view.status !== "InProcess") { return after(view); }
    if (view.expired) { return [result("order-expired", "!", t.expired, t.orderExpired)]; }
    return [mode(), cart(view), person(view), view.customer ? delivery(view) : null, view.customer ? payment(view) : null, press(view)].filter(Boolean);
  }
  const mode = () => make("p", { class: "mode" }, t.test);
  const note = (testid, text, extra) => make("div", { class: "note", role: "alert", testid }, make("strong", {}, text), extra ? make("span", {}, extra) : null);
  function card(title, testid, ...children) {
    return make("section", { class: "card", testid }, make("h2", {}, title), ...children);
  }
  function cart(view) {
    const rows = view.orderItems.map((item) => make("li", { testid: "line", "data-type": item.type, "data-reference": item.merchantReference },
      make("span", { class: "what" }, (item.quantity > 1 ? item.quantity + " × " : "") + item.description,
        make("small", {}, item.vatPercent.toLocaleString(document.documentElement.lang) + " %")),
      make("span", { class: "price" }, money(item.total))));
    return card(t.cart, "cart", make("ul", { class: "lines", testid: "lines" }, ...rows),
      make("p", { class: "sum" }, make("span", {}, t.total), make("strong", { testid: "total", "data-amount": view.totalPrice.toFixed(2) }, money(view.totalPrice))),
      make("p", { class: "vat" }, make("span", {}, t.vatOf), make("span", { testid: "vat", "data-amount": view.totalVat.toFixed(2) }, money(view.totalVat))));
  }
  function person(view) {
    if (view.customer) { return known(view.customer); }
    const offered = view.offered, news = offered.newsletter;
    const field = (label, testid, type, value, complete) => make("label", {}, make("span", {}, label),
      make("input", { type, testid, required: true, value: value || "", autocomplete: complete }));
    const form = make("form", { testid: "customer-form", on: { submit: (event) => { event.preventDefault(); identify(); } } },
      field(t.email, "email", "email", view.prefill.email, "email"), field(t.postal, "postal-code", "text", view.prefill.postalCode, "postal-code"),
      field(t.number, "personal-number", "text", offered.known && offered.known.number, "off"),
      news ? make("label", { class: "check" }, make("input", { type: "checkbox", testid: "newsletter", checked: session.news ?? news.checked, on: { change: (event) => { session.news = event.target.checked; } } }), make("span", {}, news.text || t.news)) : null,
      make("button", { type: "submit", class: "buy", testid: "identify" }, t.go));
    const picks = view.people.map((p) => button(t[p.verdict] + (p.company ? " · " + t.company : ""), (p.company ? "company-" : "person-") + p.verdict, () => pick(p), "pick " + p.verdict));
    return card(t.details, "customer", problem ? note("error", problem) : null, ...wishes(offered), make("div", { class: "picks", role: "group", "aria-label": t.testPeople }, make("small", {}, t.testPeople), ...picks), form);
  }
  function wishes(offered) {
    const line = (testid, text, more) => make("p", Object.assign({ testid, class: "wish" }, more), text), known = offered.known;
    const lines = (testid, list) => list.length ? make("address", { testid }, ...list.map((l) => make("span", {}, l))) : null;
    return [
      offered.enforcedType ? line("customer-type", offered.enforcedType === "Company" ? t.onlyCompanies : t.onlyPersons, { "data-type": offered.enforcedType }) : null,
      offered.minimumAge !== null ? line("minimum-age", t.minAge.replace("{age}", offered.minimumAge), { "data-age": offered.minimumAge }) : null,
      offered.identityCheck ? line("identity-check", t.identity) : null,
      offered.loyalty ? line("loyalty", t.loyalty, { "data-configuration": JSON.stringify(offered.loyalty) }) : null,
      known ? make("div", { class: "known", testid: "known-customer", "data-type": known.type }, lines("known-address", known.address),
        known.mobile ? make("span", { testid: "known-mobile" }, known.mobile) : null, lines("known-delivery", known.delivery)) : null,
    ];
  }
  const input = (testid) => app.querySelector("[data-testid='" + testid + "']");
  function pick(p) {
    input("email").value = input("email").value || p.email;
    input("postal-code").value = input("postal-code").value || p.postalCode;
    input("personal-number").value = p.number;
  }
  function identify() {
    const news = input("newsletter");
    act("POST", "/customer", { email: input("email").value, postalCode: input("postal-code").value, personalNumber: input("personal-number").value, newsletter: news ? news.checked : null });
  }
  function known(customer) {
    const a = customer.address;
    const lines = [a.companyName, [a.firstName, a.lastName].filter(Boolean).join(" "), a.street, [a.postalCode, a.city].filter(Boolean).join(" ")].filter(Boolean);
    return card(t.details, "customer", problem ? note("error", problem) : null,
      make("div", { class: "row" },
        make("address", { testid: "customer-address", "data-masked": String(customer.isMasked) }, make("span", { testid: "customer-email" }, customer.email || ""), ...lines.map((l) => make("span", {}, l))),
        button(t.change, "change-customer", () => { tell("deauthenticating"); act("DELETE", "/customer"); }, "link")),
      customer.isMasked ? make("small", {}, t.masked) : null);
  }
  function choice(name, testid, checked, title, aside, lines, change, more) {
    return make("div", { class: "choice" + (checked ? " chosen" : "") },
      make("label", {}, make("input", { type: "radio", name, testid, checked, on: { change } }),
        make("span", { class: "what" }, title, ...lines.map((l) => make("small", {}, l))), make("span", { class: "price" }, aside)),
      checked && more ? more : null);
  }
  function delivery(view) {
    if (!view.shippingMethods.length) { return null; }
    const now = view.shipping || {};
    const send = (change) => act("POST", "/shipping", Object.assign({ method: now.method, secondaryOption: now.secondaryOption, services: now.additionalShippingServices || [], accessCode: now.accessCode }, change));
    const rows = view.shippingMethods.map((m) => choice("shipping", "shipping-method-" + m.reference, m.reference === now.method, m.name, m.price ? money(m.price) : t.free,
      m.description, () => send({ method: m.reference, secondaryOption: null, services: [], accessCode: null }), extras(m, now, send)));
    return card(t.delivery, "delivery", view.shippingHeader ? make("p", {}, view.shippingHeader) : null,
      make("div", { role: "radiogroup", "aria-label": t.delivery, testid: "shipping-methods" }, ...rows));
  }
  function extras(m, now, send) {
    const parts = [];
    if (m.options.length) {
      const select = make("select", { testid: "pickup-point", on: { change: (e) => send({ secondaryOption: e.target.value }) } },
        ...m.options.map((o) => make("option", { value: o.reference, selected: o.reference === now.secondaryOption }, [o.name].concat(o.description).join(", "))));
      parts.push(make("label", {}, make("span", {}, t.pickup), select));
    }
    for (const s of m.services) {
      const on = (now.additionalShippingServices || []).includes(s.reference);
      const toggle = () => send({ services: on ? now.additionalShippingServices.filter((r) => r !== s.reference) : (now.additionalShippingServices || []).concat(s.reference) });
      parts.push(make("label", { class: "check" }, make("input", { type: "checkbox", testid: "service-" + s.reference, checked: on, on: { change: toggle } }), make("span", {}, s.name + (s.price ? " +" + money(s.price) : ""))));
    }
    if (m.supportsAccessCode) {
      parts.push(make("label", {}, make("span", {}, t.door), make("input", { type: "text", testid: "access-code", value: now.accessCode || "", maxlength: "50", on: { change: (e) => send({ accessCode: e.target.value }) } })));
    }
    return parts.length ? make("div", { class: "more" }, ...parts) : null;
  }
  function payment(view) {
    const now = view.payment || {};
    const rows = view.paymentMethods.map((m) => choice("payment", "payment-method-" + m.name, m.name === now.method, t.m[m.name] || m.name,
      m.fee ? "+" + money(m.fee) + " " + t.fee : "", [], () => act("POST", "/payment", { method: m.name })));
    return card(t.pay, "payment", make("div", { role: "radiogroup", "aria-label": t.pay, testid: "payment-methods" }, ...rows));
  }
  function press(view) {
    const link = (url, text) => make("a", { href: url, target: "_blank", rel: "noopener" }, text);
    return make("section", { class: "press" },
      declined ? note("declined", t.declined, declined.message || t.r[declined.reason] || t.tryAgain) : null,
      make("button", { type: "button", class: "buy big", testid: "buy", disabled: !ready() || session.locked || session.busy, on: { click: buy } }, t.buy + " · " + money(view.totalPrice)),
      make("small", {}, t.terms + " ", link(session.config.terms || session.config.qliroTerms, t.termsLink), "."));
  }
  function result(testid, sign, title, text, ...more) {
    return make("section", { class: "card result", testid }, make("div", { class: "sign", "aria-hidden": "true" }, sign), make("h1", {}, title), make("p", {}, text), ...more);
  }
  function after(view) {
    const shown = (module) => !session.excluded.includes(module);
    const waiting = view.status === "OnHold";
    const c = view.customer;
    const head = waiting ? result("on-hold", "…", t.holdTitle, t.holdText) : result("thank-you", "✓", t.thanks, c && c.email ? t.sent + " " + c.email : "");
    head.append(make("p", {}, t.order + " ", make("strong", { testid: "order-number" }, view.orderId)));
    const parts = [mode()];
    if (shown("HEADER")) { parts.push(head); }
    if (shown("TOTAL_PRICE")) { parts.push(cart(view)); }
    if (shown("CUSTOMER_DETAILS") && c) { const details = known(c); const link = details.querySelector("[data-testid=change-customer]"); if (link) { link.remove(); } parts.push(details); }
    if (shown("SHIPPING_METHOD") && view.shipping) {
      const s = view.shipping;
      parts.push(card(t.delivery, "delivery", make("p", {}, [s.methodName].concat(s.pickupLocation ? s.pickupLocation.name : []).join(", "))));
    }
    return parts;
  }

  /* ---- looks ---- */
  function rgb(hex) { return [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)); }
  function style(look) {
    const root = document.documentElement.style;
    const set = (name, value) => { if (value !== null && value !== undefined) { root.setProperty(name, value); } };
    set("--primary", look.primaryColor);
    set("--action", look.callToActionColor);
    set("--action-hover", look.callToActionHoverColor || look.callToActionColor);
    if (look.callToActionColor) {
      const [r, g, b] = rgb(look.callToActionColor).map((c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
      set("--action-text", 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#111" : "#fff");
    }
    if (look.backgroundColor) { set("--background", pale(look.backgroundColor)); }
    if (look.cornerRadius !== null && look.cornerRadius !== undefined) { set("--radius", look.cornerRadius + "px"); }
    if (look.buttonCornerRadius !== null && look.buttonCornerRadius !== undefined) { set("--button-radius", look.buttonCornerRadius + "px"); }
  }
  function pale(hex) { /* saturation above 10 % is lowered to 10 % */
    const [r, g, b] = rgb(hex).map((c) => c / 255), max = Math.max(r, g, b), min = Math.min(r, g, b), l = (max + min) / 2, d = max - min;
    if (!d) { return hex; }
    const s = d / (1 - Math.abs(2 * l - 1));
    const h = max === r ? ((g - b) / d) % 6 : max === g ? (b - r) / d + 2 : (r - g) / d + 4;
    return "hsl(" + Math.round(h * 60) + " " + Math.min(10, s * 100).toFixed(1) + "% " + (l * 100).toFixed(1) + "%)";
  }
  new ResizeObserver(() => tell("height", document.documentElement.getBoundingClientRect().height)).observe(document.body);
  if (window.parent !== window) { window.parent.postMessage({ qliro: "ready" }, "*"); }
})();
