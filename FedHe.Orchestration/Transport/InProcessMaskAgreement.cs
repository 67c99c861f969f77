using FedHe.Crypto.Identities;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Sensitivity;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Masks;

namespace FedHe.Orchestration.Transport;

/// <summary>The in-process mask agreement runs a whole agreement upon a mask within one process.</summary>
public static class InProcessMaskAgreement
{
    /// <summary>
    /// Agrees upon a mask between the clients of a federation that will train afterwards. Pass the mask to the
    /// federation with <c>setup with { Terms = ..., AgreedMasks = ... }</c>.
    /// </summary>
    /// <param name="setup">
    /// The federation that will train; its mask, rounds, strategy and trainers do not matter.
    /// </param>
    /// <param name="sources">The clients, with the source of each client's map.</param>
    /// <param name="policy">The policy that selects the encrypted parameters.</param>
    /// <param name="progress">Receives every step, from several threads at once; may be null.</param>
    /// <param name="cancellationToken">Cancels the agreement.</param>
    /// <exception cref="MaskNotAgreedException">Too few clients contributed, or clients found different masks.</exception>
    /// <exception cref="PlanRefusedException">Under these parameters the sum of the clients' maps would not be exact.</exception>
    /// <exception cref="ArgumentException">The policy needs no sensitivity, or the settings contradict each other.</exception>
    public static async Task<AgreedMask> RunAsync(
        InProcessFederationSetup setup,
        IReadOnlyDictionary<ClientId, SensitivitySource> sources,
        MaskPolicy policy,
        IProgress<RoundProgress>? progress = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(setup);
        ArgumentNullException.ThrowIfNull(sources);
        ModelParameters model = setup.InitialModel;
        var maskTerms = new MaskTerms(policy, model.Layout.Digest, FederationJob.DigestOf(model), setup.Terms.MaxWeight);
        SensitivityTerms terms = MaskAgreement.TermsOf(
            setup.Context?.Public, setup.Protection, model.Layout, sources.Count, maskTerms.MaxWeight, setup.UploadForm);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(
            setup with
            {
                Terms = terms.Terms,
                MaskTerms = maskTerms,
                Update = new UpdateTerms(),
                AgreedMasks = null,
                Settings = MaskAgreement.SettingsOf(setup.Settings) with { ClientsPerRound = sources.Count },
                Strategy = null,
                InitialModel = SensitivityTrainer.ZeroMap(terms),
                Trainers = sources.ToDictionary(
                    source => source.Key, source => (ILocalTrainer)new SensitivityTrainer(terms, model, source.Value)),
            },
            cancellationToken).ConfigureAwait(false);
        RoundResult? last = null;
        await foreach (RoundResult result in federation.RunAsync(progress, cancellationToken).ConfigureAwait(false))
        {
            last = result;
        }

        return last is { Report.IsAggregated: true }
            ? Compare(new MaskAgreement(federation.Job, model), federation, last)
            : throw Throw.TooFewMaps(federation.Failures.Values.FirstOrDefault());
    }

    /// <summary>
    /// Lets every client that received the sum select its mask, and demands that all masks are the same.
    /// </summary>
    private static AgreedMask Compare(MaskAgreement agreement, InProcessFederation federation, RoundResult result)
    {
        EncryptionMask? mask = null;
        var digests = new SortedDictionary<ClientId, Digest>();
        foreach (FederationClient client in federation.Clients)
        {
            if (client.LatestAverage is AveragedModel average)
            {
                EncryptionMask own = agreement.MaskOf(average);
                mask ??= own;
                digests.Add(client.Client, own.Digest);
            }
        }

        return mask is not null && digests.Values.All(digest => digest == mask.Digest)
            ? new AgreedMask(mask, agreement.Policy, digests, agreement.SensitivityBits, result.Report, result.Costs)
            : throw Throw.DifferentMasks();
    }
}
