using System.Collections.Concurrent;

namespace FedHe.Crypto.Ckks.Ring;

/// <summary>Zeroed workspaces waiting for their next operation: as many as ever ran at once.</summary>
internal sealed class CkksWorkspacePool(int degree, int limbCount, int valueCount)
{
    private readonly ConcurrentBag<CkksWorkspace> _idle = [];

    public CkksWorkspace Rent()
        => _idle.TryTake(out CkksWorkspace? workspace) ? workspace : new CkksWorkspace(this, degree, limbCount, valueCount);

    public void Return(CkksWorkspace workspace) => _idle.Add(workspace);
}
