using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.Transport;

/// <summary>
/// The in-process transport carries messages within one process, through the fault injector if there is one. It
/// delivers them in the order of arrival time, and of sending when they arrive at the same time.
/// </summary>
internal sealed class InProcessTransport(SimulatedClock clock, FaultInjector? faults)
{
    private readonly PriorityQueue<TransportMessage, (DateTimeOffset Due, long Sequence)> _underway = new();
    private long _sequence;

    public long BytesUp { get; private set; }

    public long BytesDown { get; private set; }

    /// <summary>The arrival time of the next message, or null when none is in transit.</summary>
    public DateTimeOffset? NextArrival
        => _underway.TryPeek(out _, out (DateTimeOffset Due, long Sequence) key) ? key.Due : null;

    public void Send(ClientId client, bool isToServer, int round, int attempt, ReadOnlyMemory<byte> bytes)
    {
        var message = new TransportMessage(client, isToServer, MessageFormat.PeekKind(bytes.Span), round, attempt, bytes);
        Count(message);
        if (faults is null)
        {
            Enqueue(message, TimeSpan.Zero);
            return;
        }

        foreach (Delivery delivery in faults(message))
        {
            Enqueue(message with { Bytes = delivery.Bytes }, delivery.Delay);
        }
    }

    /// <summary>Tries to receive the next message that has arrived by now.</summary>
    public bool TryReceive(out TransportMessage message)
    {
        message = default;
        return NextArrival <= clock.GetUtcNow() && _underway.TryDequeue(out message, out _);
    }

    public void ResetCounters() => (BytesUp, BytesDown) = (0, 0);

    private void Count(TransportMessage message)
    {
        if (message.IsToServer)
        {
            BytesUp += message.Bytes.Length;
        }
        else
        {
            BytesDown += message.Bytes.Length;
        }
    }

    private void Enqueue(TransportMessage message, TimeSpan delay)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(delay, TimeSpan.Zero);
        _underway.Enqueue(message, (clock.GetUtcNow() + delay, _sequence++));
    }
}
