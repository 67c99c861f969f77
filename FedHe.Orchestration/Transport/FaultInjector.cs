namespace FedHe.Orchestration.Transport;

/// <summary>
/// A fault injector decides what arrives when a message is sent: nothing, the message itself once or twice, other
/// bytes, or a late copy. The federation calls it for one message at a time; clients that work at the same time may
/// send in any order.
/// </summary>
/// <param name="message">The message as it was sent.</param>
public delegate IEnumerable<Delivery> FaultInjector(TransportMessage message);
