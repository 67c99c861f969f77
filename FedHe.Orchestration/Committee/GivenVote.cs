using FedHe.Crypto.Identities;

namespace FedHe.Orchestration.Committee;

/// <summary>A given vote is a committee member's vote for a later epoch, which it repeats unchanged.</summary>
/// <param name="Number">The number of the epoch; 0 before the first vote.</param>
/// <param name="FirstRound">The first round of the epoch.</param>
/// <param name="Epoch">The digest of the epoch.</param>
/// <param name="Message">The bytes of the vote; nothing where a lost ledger may have had one.</param>
internal readonly record struct GivenVote(int Number, int FirstRound, Digest Epoch, ReadOnlyMemory<byte> Message)
{
    /// <summary>
    /// Tells whether the vote keeps its member from taking part in an epoch. A sum that the member opened after it voted shows that enough
    /// others had not voted, and that the epoch of the vote never begins.
    /// </summary>
    /// <param name="epoch">The epoch that the member is in.</param>
    /// <param name="openedRound">The last round whose sum the member opened, with enough answers.</param>
    public bool Ends(int epoch, int openedRound) => Number > epoch && openedRound < FirstRound;
}
