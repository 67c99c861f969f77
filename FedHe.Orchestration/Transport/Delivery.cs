namespace FedHe.Orchestration.Transport;

/// <summary>What a transport makes of a message.</summary>
/// <param name="Bytes">The bytes that arrive.</param>
/// <param name="Delay">How much later, on the federation's simulated clock; not negative.</param>
public readonly record struct Delivery(ReadOnlyMemory<byte> Bytes, TimeSpan Delay);
