using FedHe.Crypto.Identities;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Committee;

/// <summary>A member view is what a committee member knows as a client: its model, its chain, and the list that it opened last.</summary>
/// <param name="ModelRound">The round of the client's model.</param>
/// <param name="ChainRound">The last round of the client's chain.</param>
/// <param name="ChainDigest">The digest of the chain up to it.</param>
/// <param name="Opened">The list whose sum the client opened last.</param>
internal readonly record struct MemberView(int ModelRound, int ChainRound, Digest ChainDigest, OpenedList Opened);
