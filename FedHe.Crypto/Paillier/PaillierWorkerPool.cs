using System.Collections.Concurrent;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.Crypto.Paillier;

/// <summary>Workers of one modulus, as many as threads ever worked at once.</summary>
internal sealed class PaillierWorkerPool(SquareModulus modulus, bool raisesToSecrets)
{
    private readonly ConcurrentBag<PaillierWorker> _workers = [];

    public PaillierWorker Rent()
        => _workers.TryTake(out PaillierWorker? worker) ? worker : new PaillierWorker(modulus, raisesToSecrets);

    public void Return(PaillierWorker worker)
    {
        worker.Zero();
        _workers.Add(worker);
    }
}
