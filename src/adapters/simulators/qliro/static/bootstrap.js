/* Runs in the shop's page: makes the iframe and the q1 object that storefronts program against. */
(function (w, d) {
  "use strict";
  var config = w.q1Config;
  if (!config) { return; }
  var VALIDATE_LIMIT = 29000;
  var frameOrigin = new URL(config.checkoutWebAppBaseUrl).origin;

  function place() {
    var roots = d.querySelectorAll("#qliro-root:not([data-qliro])");
    var root = roots[roots.length - 1];
    var script = config.currentScript;
    if (!root) {
      root = d.createElement("div");
      root.id = "qliro-root";
      var parent = script && script.isConnected ? script.parentNode : d.getElementById("qliro-checkout");
      (parent && parent !== d.head ? parent : d.body).appendChild(root);
    }
    root.setAttribute("data-qliro", config.orderId);
    root.setAttribute("data-testid", "qliro-root");
    return root;
  }

  var root = place();
  var frame = d.createElement("iframe");
  frame.id = "qliro-checkout-frame";
  frame.title = "Qliro";
  frame.setAttribute("data-testid", "qliro-frame");
  frame.setAttribute("scrolling", "no");
  frame.style.cssText = "width:100%;min-height:320px;border:0;display:block;color-scheme:normal";
  frame.src = config.checkoutWebAppBaseUrl + "orders/" + config.orderId;

  var handlers = {};
  var lastCustomer;
  var lastValues = {};
  var state = { locked: false, excluded: [], ready: false };

  function send(kind, data) {
    if (state.ready && frame.contentWindow) {
      frame.contentWindow.postMessage({ qliro: kind, data: data }, frameOrigin);
    }
  }
  function on(name) {
    return function (callback) { handlers[name] = callback; };
  }
  function call(name) {
    var handler = handlers[name];
    if (typeof handler !== "function") { return false; }
    try {
      handler.apply(null, Array.prototype.slice.call(arguments, 1));
    } catch (error) {
      w.setTimeout(function () { throw error; }, 0);
    }
    return true;
  }

  var q1 = {
    lock: function () { state.locked = true; send("lock"); },
    unlock: function () { state.locked = false; send("unlock"); },
    onOrderUpdated: function (callback) { handlers.orderUpdated = callback; send("watch", !!callback); },
    onCheckoutLoaded: function (callback) {
      handlers.checkoutLoaded = callback;
      if (lastValues.loaded) { call("checkoutLoaded"); }
    },
    onCustomerInfoChanged: function (callback) {
      handlers.customerInfoChanged = callback;
      if (lastCustomer) { call("customerInfoChanged", lastCustomer); }
    },
    onCustomerDeauthenticating: on("customerDeauthenticating"),
    onPaymentMethodChanged: on("paymentMethodChanged"),
    onShippingMethodChanged: on("shippingMethodChanged"),
    onShippingPriceChanged: on("shippingPriceChanged"),
    onPaymentProcess: function (start, end) { handlers.paymentStart = start; handlers.paymentEnd = end; },
    onPaymentDeclined: on("paymentDeclined"),
    onValidateOrder: function (callback) { handlers.validateOrder = callback; send("validates", !!callback); },
    onSessionExpired: on("sessionExpired"),
    onCompletePurchaseRedirect: on("completePurchaseRedirect"),
    excludeResultModules: function (modules) { state.excluded = modules || []; send("exclude", state.excluded); },
    enableScrolling: function () {
      frame.setAttribute("scrolling", "yes");
      frame.style.height = "";
      frame.style.minHeight = "80vh";
      state.scrolling = true;
    }
  };
  q1.getOrderUpdates = q1.onOrderUpdated;

  function validate() {
    var answered = false;
    function reply(answer) {
      if (answered) { return; }
      answered = true;
      send("validated", { proceed: !!(answer && answer.shouldProceed), message: answer && answer.errorMessage });
    }
    w.setTimeout(function () { reply({ shouldProceed: false }); }, VALIDATE_LIMIT);
    if (!call("validateOrder", lastValues.update || {}, reply)) { reply({ shouldProceed: true }); }
  }

  var received = {
    ready: function () {
      state.ready = true;
      send("init", {
        config: { auth: config.auth, orderId: config.orderId, language: config.language, api: config.checkoutWebApiBaseUrl,
          poll: config.pollMilliseconds, styling: config.styling, terms: config.merchantTermsUrl, qliroTerms: config.qliroTermsUrl,
          privacy: config.merchantIntegrityPolicyUrl },
        locked: state.locked, excluded: state.excluded,
        watch: !!handlers.orderUpdated, validates: !!handlers.validateOrder
      });
    },
    height: function (pixels) {
      if (!state.scrolling) { frame.style.height = Math.max(320, Math.ceil(Number(pixels))) + "px"; }
    },
    loaded: function () { lastValues.loaded = true; call("checkoutLoaded"); },
    update: function (order) { lastValues.update = order; },
    orderUpdated: function (order) { lastValues.update = order; call("orderUpdated", order); },
    customer: function (customer) { lastCustomer = customer; call("customerInfoChanged", customer); },
    deauthenticating: function () { lastCustomer = null; call("customerDeauthenticating"); },
    payment: function (payment) { call("paymentMethodChanged", payment); },
    shipping: function (shipping) { call("shippingMethodChanged", shipping); },
    shippingPrice: function (prices) { call("shippingPriceChanged", prices.price, prices.total); },
    paymentStart: function () { call("paymentStart"); },
    paymentEnd: function () { call("paymentEnd"); },
    declined: function (decline) { call("paymentDeclined", decline.reason, decline.message); },
    validate: validate,
    expired: function () {
      if (!call("sessionExpired")) { send("showExpired"); }
    },
    reload: function () { w.location.reload(); },
    completed: function (done) {
      if (!call("completePurchaseRedirect", done.redirectUrl) && done.redirectUrl) { w.location.assign(done.redirectUrl); }
    }
  };

  function listen(event) {
    if (!frame.isConnected && state.ready) { w.removeEventListener("message", listen); return; }
    if (event.source !== frame.contentWindow || event.origin !== frameOrigin) { return; }
    var message = event.data;
    if (message && received.hasOwnProperty(message.qliro)) { received[message.qliro](message.data); }
  }

  w.addEventListener("message", listen);
  w.q1 = q1;
  if (typeof w.q1Ready === "function") { w.q1Ready(q1); }
  root.textContent = "";
  root.appendChild(frame);
})(window, document);
