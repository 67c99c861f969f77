namespace FedHe.Orchestration.Transport;

/// <summary>What became of one message at one client.</summary>
/// <param name="Station">The client.</param>
/// <param name="Answers">What it sends to the server.</param>
/// <param name="Failure">Why it dropped out, or null.</param>
internal sealed record FinishedWork(ClientStation Station, IReadOnlyList<ReadOnlyMemory<byte>> Answers, Exception? Failure);
