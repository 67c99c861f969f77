namespace FedHe.Hosting.Connections;

/// <summary>Received limits say which messages to a client with its models in files stay in memory. Tests make them smaller.</summary>
/// <param name="LongestInMemory">The length in bytes of the longest message that stays in memory.</param>
internal sealed record ReceivedLimits(int LongestInMemory);
