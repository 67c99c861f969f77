namespace FedHe.Orchestration.Transport;

/// <summary>
/// Decides what arrives of a message: nothing, the message itself once or twice, other bytes, or something later. The
/// federation calls it for one message at a time; clients that work at the same time may send in any order.
/// </summary>
/// <param name="message">The message as it was sent.</param>
public delegate IEnumerable<Delivery> FaultInjector(TransportMessage message);
