using System.Collections.Immutable;
using System.Globalization;
using FedHe.Crypto;
using FedHe.Crypto.Ciphertexts;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Identities;
using FedHe.Crypto.LinearTags;
using FedHe.Crypto.Serialization;
using FedHe.Crypto.Sharing;
using FedHe.MLBridge.Controls;
using FedHe.MLBridge.Errors;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Optimizers;
using FedHe.MLBridge.Planning;
using FedHe.MLBridge.Squeezing;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Messages;
using FedHe.Orchestration.RoundKeys;
using FedHe.Orchestration.RoundKeys.Sharing;

namespace FedHe.Orchestration.Planning;

/// <summary>
/// A federation plan says before anything runs whether the rounds of a job can work: whether a full round of the largest
/// weights fits the parameters, and how long the messages get. Servers and clients refuse a job without one.
/// </summary>
public sealed record FederationPlan
{
    // Kind, job, stamp, slot and lengths around the content of a message, and the proof in an aggregate.
    private const int MessageOverhead = 1024;

    // What each kind of rounds takes; the kinds take turns from round 1 on.
    private readonly RoundSizes[] _kinds;

    private FederationPlan(RoundSizes[] kinds) => _kinds = kinds;

    /// <summary>The plan of a full round in which every client has the largest weight: of round 1, where halves of adapters take turns.</summary>
    public AggregationPlan Aggregation => _kinds[0].Plan;

    /// <summary>The length in bytes of the longest upload message; no honest client sends a longer message.</summary>
    public required long LargestUploadBytes { get; init; }

    /// <summary>The length in bytes of the longest aggregate message.</summary>
    public required long LargestAggregateBytes { get; init; }

    /// <summary>The largest error bound of a value in any round, in the units of the model; 0 where nothing is averaged.</summary>
    public double LargestErrorBound => _kinds.Max(kind => kind.Plan.ErrorBounds.DefaultIfEmpty(0).Max());

    /// <summary>The precision of the averages relative to their tensors' bounds, in bits, of the rounds in which it is smallest.</summary>
    public double SmallestPrecisionBits => _kinds.Min(kind => kind.Plan.PrecisionBits);

    /// <summary>Returns the plan of a full round in which every client has the largest weight.</summary>
    /// <param name="round">The round, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The round is not positive.</exception>
    public AggregationPlan AggregationOf(int round) => SizesOf(round).Plan;

    /// <summary>Returns the length in bytes of the longest upload message of a round.</summary>
    /// <param name="round">The round, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The round is not positive.</exception>
    public long UploadBytesOf(int round) => SizesOf(round).UploadBytes;

    /// <summary>Returns the length in bytes of the longest aggregate message of a round.</summary>
    /// <param name="round">The round, from 1.</param>
    /// <exception cref="ArgumentOutOfRangeException">The round is not positive.</exception>
    public long AggregateBytesOf(int round) => SizesOf(round).AggregateBytes;

    private RoundSizes SizesOf(int round)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(round);
        return _kinds[(round - 1) % _kinds.Length];
    }

    /// <summary>The length in bytes of the longest end of an upload under round keys: of what is behind the model update in it; 0 without round keys.</summary>
    internal long LargestUploadEndBytes { get; init; }

    /// <summary>The length in bytes of the longest beginning of an aggregate under round keys: of the list and the sum of round keys; 0 without round keys.</summary>
    internal long LargestAggregateBeginningBytes { get; init; }

    /// <summary>What the job asks for and nobody can check, and what its numbers mean; each is a sentence.</summary>
    public required ImmutableArray<string> Remarks { get; init; }

    /// <summary>Creates the plan of a job.</summary>
    /// <param name="job">The job.</param>
    /// <param name="context">The public context of the job's parameters.</param>
    /// <param name="uploadForm">The form of what is encrypted under the job's key.</param>
    /// <exception cref="PlanRefusedException">
    /// A full round of the largest weights does not fit the parameters, its weights cannot be opened, or its noise drowns the marks of squeezed differences.
    /// </exception>
    /// <exception cref="ArgumentException">The roster is too small for the job's settings; the message says how.</exception>
    public static FederationPlan Create(FederationJob job, HePublicContext context, VectorForm uploadForm = VectorForm.Seeded)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(context);
        return Create(job, context, RoundKeyProtocol.Of(job, context), uploadForm);
    }

    /// <summary>Creates the plan of a server's job whose protocol is prepared, and refuses messages that are too long. Uploads may be streams.</summary>
    internal static FederationPlan CreateForServer(FederationJob job, HePublicContext context, RoundKeyProtocol? protocol, FederationSafety safety, bool hasSumsInFiles)
    {
        FederationPlan plan = Create(job, context, protocol, VectorForm.Seeded);
        Require(plan, safety);
        return hasSumsInFiles || plan.LargestAggregateBytes <= Array.MaxLength ? plan : throw Throw.SumsTooLongForMemory(plan.LargestAggregateBytes);
    }

    /// <summary>Creates the plan of a client's job whose protocol is prepared, and refuses messages that are too long for a client, which has them in memory unless it has them in files.</summary>
    internal static FederationPlan CreateForClient(
        FederationJob job, HePublicContext context, RoundKeyProtocol? protocol, FederationSafety safety, VectorForm uploadForm, bool hasFiles)
    {
        FederationPlan plan = Create(job, context, protocol, uploadForm);
        Require(plan, hasFiles ? safety : safety with { MaxMessageBytes = Math.Min(safety.MaxMessageBytes, Array.MaxLength) });
        return plan;
    }

    private static void Require(FederationPlan plan, FederationSafety safety)
    {
        long longest = Math.Max(plan.LargestUploadBytes, plan.LargestAggregateBytes);
        long limit = Math.Min(safety.MaxMessageBytes, FederationSafety.LargestMessageBytes);
        if (longest > limit)
        {
            throw Throw.MessagesTooLong(longest, limit);
        }
    }

    private static FederationPlan Create(FederationJob job, HePublicContext context, RoundKeyProtocol? protocol, VectorForm uploadForm)
    {
        CheckRoster(job);
        RoundSizes[] kinds = [.. Enumerable.Range(1, job.KindsOfRounds.Length).Select(round => SizesOf(job, context, protocol?.In(round), uploadForm, round))];
        return new FederationPlan(kinds)
        {
            LargestUploadBytes = kinds.Max(kind => kind.UploadBytes),
            LargestAggregateBytes = kinds.Max(kind => kind.AggregateBytes),
            LargestUploadEndBytes = kinds.Max(kind => kind.UploadEndBytes),
            LargestAggregateBeginningBytes = kinds.Max(kind => kind.AggregateBeginningBytes),
            Remarks = [.. RemarksOf(job)],
        };
    }

    private static RoundSizes SizesOf(FederationJob job, HePublicContext context, RoundKeyProtocol? protocol, VectorForm uploadForm, int round)
    {
        AggregationPlan aggregation = PlanRound(job, protocol?.Inner ?? context, protocol is null ? uploadForm : VectorForm.Seeded, round);
        (long upload, long aggregate, long end) = protocol is null
            ? OfAnyForm(job, context, aggregation, round)
            : WithRoundKeys(job, protocol, aggregation);
        long beginning = protocol is null ? 0 : aggregate - aggregation.DownloadBytes;
        return new RoundSizes(aggregation, upload + MessageOverhead, aggregate + MessageOverhead, end, beginning + MessageOverhead);
    }

    private static void CheckRoster(FederationJob job)
    {
        int clients = job.Roster.Clients.Count;
        if (clients < job.Settings.Quorum)
        {
            throw Throw.RosterBelowQuorum(nameof(job));
        }

        if (job.Protection == JobProtection.RoundKeys && job.Committee is null && ConfirmationRules.Needed(job) > clients)
        {
            throw Throw.NeverConfirmed(nameof(job));
        }
    }

    private static AggregationPlan PlanRound(FederationJob job, HePublicContext context, VectorForm form, int round)
    {
        int clients = job.Settings.ClientsPerRound;
        Int128 largest = (Int128)clients * job.Terms.MaxWeight;
        if (context.AddsWeights && largest > AggregationTerms.LargestTotalWeight)
        {
            throw Throw.WeightsExceedCapacity(clients, AggregationTerms.LargestTotalWeight);
        }

        long totalWeight = context.AddsWeights ? (long)largest : clients;
        double requiredBits = job.Update.Squeeze is null ? double.MinValue : SqueezedUpdates.LeastPrecisionBits;
        try
        {
            return AggregationPlan.Create(context, job.UploadTermsOf(round), clients, totalWeight, form, requiredBits);
        }
        catch (PlanRefusedException refused) when (refused.Error == PlanError.WeightsExceedCapacity)
        {
            throw Throw.WeightsExceedCapacity(clients, refused.MaxTotalWeight);
        }
    }

    /// <summary>Every client chooses its form, and a server takes each that fits.</summary>
    private static (long Upload, long Aggregate, long End) OfAnyForm(FederationJob job, HePublicContext context, AggregationPlan aggregation, int round)
    {
        (long upload, long aggregate) = (aggregation.UploadBytes, aggregation.DownloadBytes);
        foreach (VectorForm form in (VectorForm[])[VectorForm.Seeded, VectorForm.Full])
        {
            try
            {
                AggregationPlan other = PlanRound(job, context, form, round);
                (upload, aggregate) = (Math.Max(upload, other.UploadBytes), Math.Max(aggregate, other.DownloadBytes));
            }
            catch (PlanRefusedException)
            {
                // A round in this form does not fit, so nobody sends it.
            }
        }

        return (upload, aggregate, 0);
    }

    private static (long Upload, long Aggregate, long End) WithRoundKeys(FederationJob job, RoundKeyProtocol protocol, AggregationPlan aggregation)
    {
        int clients = job.Settings.ClientsPerRound;
        (long key, long keySum) = job.Committee is CommitteeTerms committee
            ? OfCommittee(committee, protocol.Sharing!)
            : OfOuter(protocol.Outer!, protocol.Parameters.Degree, clients);
        long tags = (long)protocol.Lengths.TagCount * LinearTag.SizeInBytes;
        long contributor = sizeof(ushort) + ClientId.MaxLength + sizeof(long) + Digest.SizeInBytes
            + (job.Committee is null ? 0 : ContributionSeal.SizeInBytes);
        long digests = (ContributorList.OtherDigests + (long)protocol.Lengths.SegmentCount) * Digest.SizeInBytes;
        long list = (clients * contributor) + digests + tags;
        return (aggregation.UploadBytes + key + tags, aggregation.DownloadBytes + keySum + list, ProtectedUpdate.EndLengthOf(key, tags));
    }

    /// <summary>Returns the lengths of a protected round key and of the sum of all.</summary>
    private static (long Key, long KeySum) OfOuter(HePublicContext outer, int degree, int clients)
    {
        long key = outer.EncodedLength(degree, VectorForm.Full);
        return (key, Math.Max(key, outer.EncodedLength(degree, outer.SumForm(VectorForm.Seeded, clients), clients)));
    }

    /// <summary>Returns the lengths of a shared round key and of all answers.</summary>
    private static (long Key, long KeySum) OfCommittee(CommitteeTerms committee, SharingParameters sharing)
    {
        int members = committee.Members.Length;
        int box = KeyExchanges.BoxOverhead(committee.KeyExchange) + sharing.ShareSizeInBytes;
        long answer = sizeof(ushort) + ClientId.MaxLength + sizeof(int) + AnswerCipher.LengthOf(sharing, committee.Observer) + MessageSignature.SizeInBytes;
        return (SharedKey.LengthOf(members, box), sizeof(int) + (members * answer));
    }

    private static IEnumerable<string> RemarksOf(FederationJob job)
    {
        FederationSettings settings = job.Settings;
        if (job.Committee is CommitteeTerms committee)
        {
            yield return $"A committee of {committee.Members.Length} clients opens sums: {committee.Threshold} answers open one, " +
                $"{committee.Members.Length - committee.Quorum} members may be silent in a round, and as many may break the protocol. " +
                $"Shares are sealed with {committee.KeyExchange}.";
            if (committee.Observer is not null)
            {
                yield return "An observer reads the average of every round beside the clients.";
            }

            int clients = job.Roster.Clients.Count;
            if (committee.Members.Length < clients)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"Drawn at random where a tenth of the {clients} clients is corrupt, such a committee has more than {committee.Corrupt} corrupt members with a probability of {committee.ChanceOfMoreCorrupt(clients, (clients + 9) / 10):P2}.");
            }
        }

        if (settings.MinimumEffectiveContributors > 1 && job.Terms.Weighting == Weighting.Hidden)
        {
            yield return "Weights are hidden, so nobody can check the minimum of effective contributors: one client may outweigh all others.";
        }

        if (settings.MinimumEffectiveContributors > 1 && job.Terms.Weighting == Weighting.Clear && job.Protection == JobProtection.Direct)
        {
            yield return "In the direct mode the server alone checks the minimum of effective contributors; clients do not see the weights.";
        }

        if (job.Update.Adapters is not null && !job.Terms.Mask.IsAll)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"{job.Terms.Mask.ClearCount} of {job.Terms.Mask.ParameterCount} values of adapters travel in clear, and tell the server the text that they were trained on. A party without AllowInsecure refuses the job.");
        }

        foreach (string remark in RemarksOf(job.Update, job.Committee))
        {
            yield return remark;
        }

        if (settings.MinimumContributors == 2)
        {
            yield return "With two contributors each can subtract its own update from the sum and has the other's.";
        }

        if (job.Roster.Clients.Count < settings.ClientsPerRound)
        {
            yield return "The roster has fewer clients than a round invites, so every round waits for its deadline before it begins.";
        }
    }

    private static IEnumerable<string> RemarksOf(UpdateTerms update, CommitteeTerms? committee)
    {
        if (update.Kind == UpdateKind.Difference)
        {
            yield return "Updates are differences to the model of the round. The server keeps the sums of all rounds, because a client that missed some needs each of them.";
        }

        if (update.Adapters is AdapterTerms adapters)
        {
            yield return adapters.Mode switch
            {
                AdapterMode.FreezeA => "Adapters move by their halves B alone; every client keeps the halves A of the initial model, and sends nothing where its trainer changed them.",
                AdapterMode.Alternating => "Adapters move by their halves B in round 1, A in round 2, and so on in turns; every client keeps the other half, and sends nothing where its trainer changed it.",
                _ => "Both halves of adapters are averaged side by side, and the product of the averages is not the average of the products. Let one half move in a round instead.",
            };
        }

        if (update.Optimizer is ServerOptimizer optimizer)
        {
            yield return $"An opened average difference moves the model by {optimizer.Kind}. Every client computes the step itself, and keeps the moments before and after it: {(optimizer.IsAdaptive ? 16 : 8)} bytes a value.";
        }

        if (update.Squeeze is SparsificationTerms squeeze)
        {
            yield return $"Of every difference {squeeze.Count} values travel: those from which most is to be expected, and {squeeze.RotatingCount} that have waited longest, at positions that every client computes from opened sums. Each client keeps what does not travel, and loses it with its state: 20 bytes a value of the model.";
        }

        if (update.Controls is ControlTerms controls)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"Clients correct their gradients by control variates (SCAFFOLD), and uploads have twice as many values as the model: control differences up to {controls.Bound} behind the differences of the models, each client counting the same. A client that loses its state takes part no more. Let all trainers make the same total step: where they differ, a sum of controls is a second sum of the same differences.");
        }

        if (update.Integers is IntegerTerms integers)
        {
            yield return string.Create(
                CultureInfo.InvariantCulture, $"Updates are integers of the step {integers.Step} up to {integers.Bound}, and their sums are exact.");
        }

        if (update.Privacy is PrivacyTerms privacy)
        {
            yield return $"Promised is {privacy}.";
            if (privacy.Rotation is not null)
            {
                yield return "Differences are rotated before rounding by public signs of each attempt, and every client rotates the opened sum back. Uploads have as many integers as the next power of two of the model's values.";
            }

            if (privacy.AdaptiveClip is AdaptiveClipTerms clip)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"The clip follows the norm that {clip.Quantile} of the clients keep, by one noisy bit of each client that every sum has beside the differences and that is paid for. Clip and step move together, so integers and cost stay the same.");
            }

            if (privacy is { PublicMask: not null, IsNoiseShared: true })
            {
                yield return "Values beyond the mask travel in clear with the whole noise of each client, and their sum has the noise of all. Every upload shows them, so each attempt is charged, with a committee too.";
            }

            if (privacy.NoisedCount is NoisedCountTerms counts)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"Clients weigh as much as they have records, with noise of a standard deviation of {Math.Sqrt(counts.Variance):G4} that each draws once. Choose it well below the smallest number of records: weights that noise made uneven stay so, and rounds with them may be refused.");
            }

            if (!privacy.IsNoiseShared)
            {
                yield return "Each client adds the whole noise itself, so the promise holds against everybody, whatever others do, whoever opens uploads and whatever travels in clear. Every client counts its own trainings, and where it samples records, it says itself from whom it keeps them secret.";
                yield break;
            }

            if (privacy.Correlation is CorrelationTerms correlation)
            {
                yield return string.Create(
                    CultureInfo.InvariantCulture,
                    $"Noise is remembered over up to {correlation.Rounds} rounds in a row whose sums hold all {privacy.Contributors} clients, and such a sequence is charged as a whole. A sum of fewer, a round without a sum{(committee is null ? $" and an attempt beyond the first {correlation.Attempts}" : "")} are charged beside it and end it. Each {(privacy.Form is null ? "client" : "record")} takes part in one of {correlation.Separation} rounds.");
            }

            double counted = privacy.Contributors - (privacy.Correlation is null ? privacy.Dropouts : 0) - privacy.Colluders;
            yield return string.Create(
                CultureInfo.InvariantCulture,
                $"A round with all contributors has {privacy.Contributors / counted:F2} times the variance that is promised, which is what planned dropouts and colluders cost. A sum of fewer than {privacy.SmallestContributors} is not opened.");
            yield return committee is null
                ? "The promise holds against everybody who sees opened sums only. Clients share a key that opens single uploads, so the server must not be in league with any of them."
                : $"The promise holds against the server and up to {privacy.Colluders} contributors together, as long as at most {committee.Corrupt} members break the protocol.";
        }
    }
}
