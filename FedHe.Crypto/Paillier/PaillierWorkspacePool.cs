using System.Collections.Concurrent;

namespace FedHe.Crypto.Paillier;

/// <summary>Zeroed workspaces waiting for their next operation: as many as ever ran at once.</summary>
internal sealed class PaillierWorkspacePool(PaillierParameters parameters)
{
    private readonly ConcurrentBag<PaillierWorkspace> _idle = [];

    public PaillierWorkspace Rent()
        => _idle.TryTake(out PaillierWorkspace? workspace) ? workspace : new PaillierWorkspace(this, parameters);

    public void Return(PaillierWorkspace workspace) => _idle.Add(workspace);
}
