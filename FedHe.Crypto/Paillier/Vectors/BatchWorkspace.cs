using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Paillier.Parameters;

namespace FedHe.Crypto.Paillier.Vectors;

/// <summary>
/// A workspace holds the messages and the randomness of a batch of ciphertexts, in pinned memory. It is zeroed when the
/// operation ends.
/// </summary>
internal sealed class BatchWorkspace : IDisposable
{
    private readonly ConcurrentPool<BatchWorkspace> _pool;
    private readonly byte[] _messages;
    private readonly byte[] _randomizers;

    public BatchWorkspace(ConcurrentPool<BatchWorkspace> pool, PaillierParameters parameters)
    {
        _pool = pool;
        _messages = SecretMemory.Allocate<byte>(CiphertextBatches.Largest * parameters.ModulusLength);
        _randomizers = SecretMemory.Allocate<byte>(CiphertextBatches.Largest * parameters.CiphertextLength);
    }

    /// <summary>The room for one message for each ciphertext of the largest batch.</summary>
    public Span<byte> Messages => _messages;

    /// <summary>The room for one randomizer for each ciphertext of the largest batch.</summary>
    public Span<byte> Randomizers => _randomizers;

    /// <summary>Zeroes everything and returns the workspace to its pool.</summary>
    public void Dispose()
    {
        SecretMemory.Zero<byte>(_messages);
        SecretMemory.Zero<byte>(_randomizers);
        _pool.Return(this);
    }
}
