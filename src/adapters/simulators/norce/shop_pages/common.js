/** What all pages of the shop share: requests with retries, money, the cart's rows. */

export const ADAPTER = 'qliro_checkout_adapter';
export const FINISHED = ['accepted', 'completed', 'declined', 'removed'];

const query = new URLSearchParams(location.search);
export const context = {
  orderId: query.get('orderId') ?? '',
  merchant: query.get('merchant') ?? 'sandbox',
  channel: query.get('channel') ?? 'se',
};
export const contextQuery = new URLSearchParams(context).toString();
export const orderUrl = `/shop/api/order/api/v1/checkout/orders/${encodeURIComponent(context.orderId)}`;
export const platformUrl = `/shop/api/norce-adapter/api/v1/orders/${encodeURIComponent(context.orderId)}`;
export const configurationUrl = `/shop/api/configuration/api/v1/configuration/merchants/${encodeURIComponent(context.merchant)}/channels/${encodeURIComponent(context.channel)}/configurations`;
const adapterBase = '/checkout/qliro-adapter/api';
export const paymentsUrl = `${adapterBase}/checkout/v1/orders/${encodeURIComponent(context.orderId)}/payments`;
export const callbackUrl = `${adapterBase}/checkout/v1/callback/orders/${encodeURIComponent(context.orderId)}/payments`;
export const managementUrl = `${adapterBase}/order/v1/orders/${encodeURIComponent(context.orderId)}/payments`;

export const byId = (id) => document.getElementById(id);

let underWay = 0;
function busy(step) {
  underWay += step;
  const bar = byId('busy');
  bar.classList.toggle('on', underWay > 0);
  bar.dataset.busy = String(underWay > 0);
}

export class Refused extends Error {
  constructor(status, body) {
    super(body?.message ?? body?.detail ?? body?.[0]?.code ?? `The answer was ${status}.`);
    this.status = status;
    this.code = body?.code ?? body?.[0]?.code;
  }
}

/** One request, tried `retries` times more at once after any error, as the reference storefront does. */
export async function call(method, url, { body, retries = 0, signal, quiet = false } = {}) {
  const headers = { 'x-merchant': context.merchant, 'x-channel': context.channel };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  if (!quiet) busy(1);
  try {
    for (let left = retries; ; left -= 1) {
      try {
        return await once(method, url, headers, body, signal);
      } catch (error) {
        if (left === 0 || signal?.aborted) throw error;
      }
    }
  } finally {
    if (!quiet) busy(-1);
  }
}

async function once(method, url, headers, body, signal) {
  const response = await fetch(url, { method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body) });
  const text = await response.text();
  let read = null;
  try {
    read = text ? JSON.parse(text) : null;
  } catch {
    read = { message: text.slice(0, 200) };
  }
  if (!response.ok) throw new Refused(response.status, read);
  return read;
}

/** An element with attributes and children; children that are strings become text. */
export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, '');
    else if (value !== false && value != null) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}

export function money(amount, order) {
  return new Intl.NumberFormat(order.culture ?? 'sv-SE', { style: 'currency', currency: order.currency ?? 'SEK' }).format(amount ?? 0);
}

export function time(stamp) {
  return stamp ? new Date(stamp).toLocaleString('sv-SE') : '';
}

export function say(message, { bad = true } = {}) {
  const notice = byId('notice');
  notice.textContent = message;
  notice.classList.toggle('bad', bad);
  notice.hidden = !message;
}

export function show(id, text, state) {
  const place = byId(id);
  if (place.textContent !== (text ?? '')) place.textContent = text ?? '';
  if (state !== undefined) place.dataset.state = state ?? '';
}

export const active = (entries) => (entries ?? []).filter((each) => each.state !== 'removed');

/** The payment that this shop's checkout is about: ours and not removed, or else the latest of ours. */
export function ownPayment(order) {
  const own = (order.payments ?? []).filter((each) => each.type === 'default' && each.adapterId === ADAPTER);
  return active(own)[0] ?? null;
}

export function sums(order) {
  const items = order.cart?.items ?? [];
  const total = (entries, value) => entries.reduce((sum, each) => sum + value(each), 0);
  const vouchers = active(order.payments).filter((each) => each.type !== 'default');
  return {
    subtotal: total(items, (each) => each.total.includingVat),
    discounts: total(order.cart?.discounts ?? [], (each) => each.value.includingVat),
    shipping: total(active(order.shippings), (each) => each.total.includingVat),
    vouchers: total(vouchers, (each) => each.amount),
    total: order.total.includingVat,
  };
}

export function renderSums(order, { onRemoveVoucher, onRemoveDiscount } = {}) {
  const figures = sums(order);
  const place = byId('sums');
  const rows = [['Goods', figures.subtotal, 'subtotal']];
  for (const each of order.cart?.discounts ?? []) rows.push([each.name ?? 'Discount', -each.value.includingVat, 'discount', onRemoveDiscount && (() => onRemoveDiscount(each))]);
  for (const each of active(order.shippings)) rows.push([each.name ?? 'Delivery', each.total.includingVat, 'shipping']);
  rows.push(['Total', figures.total, 'order-total']);
  rows.push(['of which VAT', figures.total - order.total.excludingVat, 'vat']);
  for (const each of active(order.payments).filter((payment) => payment.type !== 'default')) rows.push([`${each.name} ${each.reference ?? ''}`, -each.amount, 'voucher', onRemoveVoucher && (() => onRemoveVoucher(each))]);
  const payment = ownPayment(order);
  rows.push(['To pay', payment?.amount ?? figures.total - figures.vouchers, 'to-pay']);
  place.replaceChildren(
    ...rows.flatMap(([label, amount, id, remove]) => {
      const grand = id === 'order-total' || id === 'to-pay' ? 'grand' : '';
      const button = remove ? element('button', { class: 'link', type: 'button', 'data-testid': `remove-${id}`, onclick: remove }, 'remove') : null;
      return [
        element('dt', { class: grand }, label, ' ', button),
        element('dd', { class: grand, 'data-testid': id, 'data-amount': amount.toFixed(2) }, money(amount, order)),
      ];
    }),
  );
}

/** Puts HTML into a place so that its scripts run: scripts set through innerHTML would not. */
export function inject(place, html) {
  place.innerHTML = html;
  for (const old of [...place.querySelectorAll('script')]) {
    const script = document.createElement('script');
    for (const { name, value } of old.attributes) script.setAttribute(name, value);
    script.textContent = old.textContent;
    old.remove();
    place.appendChild(script);
  }
}

const COLOURS = ['#14532d', '#7c2d12', '#1e3a8a', '#713f12', '#581c87', '#134e4a', '#881337'];
export function colour(text) {
  let sum = 0;
  for (const letter of text) sum = (sum * 31 + letter.codePointAt(0)) % 997;
  return COLOURS[sum % COLOURS.length];
}
