using FedHe.Orchestration.Keys;

namespace FedHe.Hosting.Clients;

/// <summary>A key ring holds the keys of the epoch that a client begins with, and of later epochs whose keys it was granted.</summary>
/// <param name="epoch">The number of the epoch that the client begins with.</param>
/// <param name="first">Its keys, which the ring disposes, as it does the others.</param>
internal sealed class KeyRing(int epoch, ClientKeys first) : IDisposable
{
    private readonly List<ClientKeys> _later = [];

    public int Epoch => epoch;

    public ClientKeys First => first;

    public IReadOnlyList<ClientKeys> Later => _later;

    public void Add(ClientKeys keys) => _later.Add(keys);

    public void Dispose()
    {
        first.Dispose();
        _later.ForEach(keys => keys.Dispose());
    }
}
