using FedHe.Crypto.Kernels.Memory;

namespace FedHe.Crypto.Paillier;

/// <summary>
/// Messages and randomness of a batch of ciphertexts, in pinned memory. They are zeroed when the operation ends; a context
/// keeps the memory for the next one.
/// </summary>
internal sealed class PaillierWorkspace : IDisposable
{
    private readonly PaillierWorkspacePool _pool;
    private readonly byte[] _messages;
    private readonly byte[] _randomizers;

    public PaillierWorkspace(PaillierWorkspacePool pool, PaillierParameters parameters)
    {
        _pool = pool;
        _messages = SecretMemory.Allocate<byte>(PaillierBatches.Largest * parameters.ModulusLength);
        _randomizers = SecretMemory.Allocate<byte>(PaillierBatches.Largest * parameters.CiphertextLength);
    }

    public Span<byte> Messages => _messages;

    public Span<byte> Randomizers => _randomizers;

    public void Dispose()
    {
        SecretMemory.Zero<byte>(_messages);
        SecretMemory.Zero<byte>(_randomizers);
        _pool.Return(this);
    }
}
