using FedHe.Crypto.Identities;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;

namespace FedHe.Orchestration.Client;

/// <summary>Chain replies follow the chain of lists: over rounds that the client missed, and to the confirmations of its own model.</summary>
/// <param name="state">The client's state.</param>
/// <param name="replies">Notes why messages are ignored.</param>
internal sealed class ChainReplies(ClientState state, ClientReplies replies)
{
    private FederationJob Job => state.Epochs.Job;

    /// <summary>
    /// Follows the lists of rounds that the client missed, without opening any of their sums; the sum that it asked for brings its own list.
    /// </summary>
    public ReadOnlyMemory<byte>[] To(HistoryMessage history)
    {
        int requested = state.RequestedLatest ? Job.Settings.Rounds : state.RequestedRound;

        // Differences are added to the model of the round before, so a client opens the sum of every round.
        bool addsDifferences = Job.Update.Kind == UpdateKind.Difference;
        if (Job.Protection != JobProtection.RoundKeys || requested <= state.ChainRound || addsDifferences)
        {
            return replies.Ignore(IgnoredReason.NotRequested);
        }

        (int round, Digest chain) = (state.ChainRound, state.ChainDigest);
        if (history.Lists.Length >= requested - round)
        {
            return replies.Ignore(IgnoredReason.NotRequested);
        }

        foreach (ReadOnlyMemory<byte> bytes in history.Lists)
        {
            if (ContributorList.TryRead(bytes) is not ContributorList list)
            {
                return replies.Ignore(IgnoredReason.Malformed);
            }

            // With a committee a round may have ended without a sum.
            int next = Job.Committee is null ? round + 1 : list.Round;
            if (next <= round || next >= requested)
            {
                return replies.Ignore(IgnoredReason.NotRequested);
            }

            if (ListRules.Check(list, Job, next, chain) is IgnoredReason reason)
            {
                return replies.Ignore(reason);
            }

            (round, chain) = (next, list.Chain);
        }

        (state.ChainRound, state.ChainDigest) = (round, chain);
        state.Touch();
        return [];
    }

    /// <summary>Takes the confirmations of the client's model.</summary>
    public ReadOnlyMemory<byte>[] To(ConfirmationsMessage confirmations)
    {
        if (Job.Protection != JobProtection.RoundKeys || confirmations.Round != state.ModelRound || state.ModelRound == 0
            || !ConfirmationRules.AreEnough(confirmations, Job, state.ModelDigest))
        {
            return replies.Ignore(IgnoredReason.BadConfirmation);
        }

        state.IsConfirmed = true;
        state.Touch();
        return [];
    }
}
