/** The delivery on an order as Norce has it: method, pickup point, services, and what was booked. */

import { active, byId, element, money } from './common.js';

function lines(shipping, order) {
  const details = shipping.deliveryDetails ?? {};
  const pickup = details.pickupLocation;
  const attributes = shipping.attributes ?? {};
  const place = pickup?.address ?? {};
  const where = [pickup?.name ?? pickup?.reference, place.streetAddress, [place.postalCode, place.city].filter(Boolean).join(' ')];
  const described = place.streetAddress ? [] : attributes.qliroPickupDescription ?? [];
  const services = attributes.qliroShippingServices ?? (shipping.addons ?? []).map((each) => each.reference);
  return [
    ['Method', 'chosen-method', shipping.name ?? shipping.reference],
    ['Price', 'chosen-price', money(shipping.total.includingVat, order)],
    ['VAT', 'chosen-vat', `${+(shipping.vatRate * 100).toFixed(2)} %`],
    ['Pickup point', 'chosen-pickup', pickup ? [...where, ...described].filter(Boolean).join(', ') : ''],
    ['Services', 'chosen-services', services.join(', ')],
    ['Booking', 'chosen-booking', shipping.tmsReference],
    ['Carrier', 'chosen-carrier', [details.carrier, details.carrierProductId ?? attributes.qliroCarrierProduct].filter(Boolean).join(' · ')],
    ['Problem', 'chosen-error', attributes.qliroShippingError],
  ].filter(([, , text]) => text);
}

export function renderDelivery(order) {
  const shippings = active(order.shippings);
  byId('delivery').hidden = shippings.length === 0;
  byId('delivery-lines').replaceChildren(
    ...shippings.flatMap((shipping) => [
      element('dt', {}, 'State'),
      element('dd', {}, element('span', { class: 'tag', 'data-testid': 'chosen-state', 'data-state': shipping.state }, shipping.state)),
      ...lines(shipping, order).flatMap(([label, id, text]) => [
        element('dt', {}, label),
        element('dd', { 'data-testid': id, lang: order.culture }, text),
      ]),
    ]),
  );
}
