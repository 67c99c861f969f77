using System.Collections.Concurrent;
using FedHe.Crypto.Kernels.MultiPrecision;

namespace FedHe.Crypto.Paillier;

/// <summary>Zeroed workers of one modulus waiting for their next operation: as many as ever ran at once.</summary>
internal sealed class PaillierWorkerPool(SquareModulus modulus, bool raisesToSecrets)
{
    // Not a bag: anyone can make a context meet new moduli, and every bag takes room in every thread.
    private readonly ConcurrentStack<PaillierWorker> _idle = [];

    public PaillierWorker Rent()
        => _idle.TryPop(out PaillierWorker? worker) ? worker : new PaillierWorker(this, modulus, raisesToSecrets);

    public void Return(PaillierWorker worker) => _idle.Push(worker);
}
