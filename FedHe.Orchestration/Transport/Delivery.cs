namespace FedHe.Orchestration.Transport;

/// <summary>A delivery is one arrival of a message.</summary>
/// <param name="Bytes">The bytes that arrive.</param>
/// <param name="Delay">The delay of the arrival on the federation's simulated clock; not negative.</param>
public readonly record struct Delivery(ReadOnlyMemory<byte> Bytes, TimeSpan Delay);
