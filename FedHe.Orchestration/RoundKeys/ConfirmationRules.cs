using FedHe.Crypto.Identities;
using FedHe.MLBridge.Identities;
using FedHe.Orchestration.Identities;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;

namespace FedHe.Orchestration.RoundKeys;

/// <summary>The confirmation rules decide when enough clients confirmed that they have the same model.</summary>
/// <remarks>
/// Two models of one round could both be confirmed only if more than f clients confirmed both: sets of more than
/// (M + f)/2 of M clients share more than f.
/// </remarks>
internal static class ConfirmationRules
{
    /// <summary>Computes the number of confirmations that a model needs: more than (M + f)/2.</summary>
    public static int Needed(FederationJob job)
        => ((job.Roster.Clients.Count + job.Settings.ToleratedDishonest) / 2) + 1;

    /// <summary>
    /// Tells whether a list is void: more than half of the clients that can be reached object, more than confirm, and its model
    /// has not been confirmed for all.
    /// </summary>
    /// <remarks>An honest majority never objects to a list that one of it has opened: all see the same bytes.</remarks>
    public static bool IsVoid(FederationJob job, int confirmations, int objections, int available)
        => objections > available / 2 && objections > confirmations && confirmations < Needed(job);

    /// <summary>
    /// Tells whether confirmations of enough different clients of the roster are signed for a chain. One wrong
    /// signature makes all confirmations void, because the server has checked each of them too.
    /// </summary>
    public static bool AreEnough(ConfirmationsMessage message, FederationJob job, Digest chain)
    {
        var clients = new HashSet<ClientId>();
        foreach (RelayedConfirmation relayed in message.Confirmations)
        {
            var confirmation = new Confirmation(job.JobId, relayed.Client, message.Round, chain);
            bool isValid = clients.Add(relayed.Client)
                && job.Roster.TryGetKey(relayed.Client, out VerificationKey? key)
                && MessageSignature.Verifies(
                    MessageFormat.WriteWithSignature(confirmation, job.Authority.ParametersId, relayed.Signature.Span),
                    confirmation,
                    key);
            if (!isValid)
            {
                return false;
            }
        }

        return clients.Count >= Needed(job);
    }
}
