namespace FedHe.Privacy.Correlation;

/// <summary>What a buffer of correlated noise keeps: how many rounds were kept, the seed of a round that was prepared, and seeds of kept rounds, the oldest first.</summary>
internal sealed record NoiseBufferContent(int Round, byte[]? Pending, List<byte[]> Seeds);
