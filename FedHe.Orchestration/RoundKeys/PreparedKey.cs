using System.Collections.Immutable;
using FedHe.Crypto.Identities;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>A prepared key is the protected key of one upload, read and checked but not added yet.</summary>
/// <param name="reason">The reason to refuse the upload, or none.</param>
/// <param name="publicSeeds">The seeds in it, which no other upload may bring again.</param>
/// <param name="add">Adds the key to its sums.</param>
/// <param name="resource">Is disposed with the prepared key, or null.</param>
internal sealed class PreparedKey(RefusalReason reason, ImmutableArray<Digest> publicSeeds, Action add, IDisposable? resource = null) : IDisposable
{
    public RefusalReason Reason => reason;

    public ImmutableArray<Digest> PublicSeeds => publicSeeds;

    /// <summary>Adds the key.</summary>
    public void Add() => add();

    public static PreparedKey Refuse(RefusalReason reason) => new(reason, [], static () => { });

    public void Dispose() => resource?.Dispose();
}
