"""What the checkout asks of the customer, and takes for granted, as the merchant and the order say."""

from application.ports.configurations import EnforcedCustomer, MerchantConfiguration
from application.ports.provider import NewsletterQuestion
from application.texts import newsletter_text
from domain.order import CustomerType, PurchaseOrder

_BY_CHOICE = {EnforcedCustomer.PHYSICAL: CustomerType.PERSON, EnforcedCustomer.COMPANY: CustomerType.ORGANIZATION}


def enforced_type(order: PurchaseOrder, configuration: MerchantConfiguration) -> CustomerType | None:
    """The only kind of customer who may buy; None when customers choose themselves."""
    chosen = configuration.enforced_customer
    if chosen is EnforcedCustomer.ORDER_CUSTOMER_TYPE:
        return order.customer.kind()
    return _BY_CHOICE[chosen] if chosen else None


def minimum_age(order: PurchaseOrder, configuration: MerchantConfiguration) -> int | None:
    """Years. None where only companies may buy: they have no age, and Qliro would let nobody in."""
    companies = enforced_type(order, configuration) is CustomerType.ORGANIZATION
    return None if companies else configuration.minimum_customer_age


def newsletter_question(order: PurchaseOrder, configuration: MerchantConfiguration) -> NewsletterQuestion | None:
    """The question about the newsletter; None when it is not asked."""
    if not configuration.ask_for_newsletter:
        return None
    return NewsletterQuestion(configuration.newsletter_checked, newsletter_text(configuration, order.culture))
