using System.Diagnostics;
using FedHe.Crypto;
using FedHe.Crypto.Ckks;
using FedHe.Crypto.Ckks.Parameters;
using FedHe.Crypto.Errors;
using FedHe.Crypto.KeyAdditive;
using FedHe.Crypto.KeyAdditive.Parameters;
using FedHe.Crypto.KeyAdditive.Protection;
using FedHe.Crypto.Paillier;
using FedHe.Crypto.Paillier.Parameters;
using FedHe.Crypto.Parameters;
using FedHe.Crypto.Plain;
using FedHe.Crypto.Seal;
using FedHe.Learning.Models;
using FedHe.Learning.Training;
using FedHe.MLBridge.Averaging;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Layout;
using FedHe.MLBridge.Planning;
using FedHe.MLBridge.Policies;
using FedHe.MLBridge.Selection;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Client;
using FedHe.Orchestration.Errors;
using FedHe.Orchestration.Job;
using FedHe.Orchestration.Masks;
using FedHe.Orchestration.Privacy;
using FedHe.Orchestration.Server;
using FedHe.Orchestration.Strategies;
using FedHe.Orchestration.Transport;
using FedHe.Privacy.Ledgers;
using FedHe.Privacy.Reports;
using HospitalFedAvg.Data;
using HospitalFedAvg.Privacy;
using HospitalFedAvg.Reporting;

namespace HospitalFedAvg.Federation;

/// <summary>A federation run trains in rounds and compares every round with plaintext averaging of the same
/// updates.</summary>
internal sealed class FederationRun : IDisposable
{
    // The limit is generous: a lost upload costs no waiting here, and a high dropout rate needs many attempts.
    private const int MaxAttempts = 100;

    private readonly SampleOptions _options;
    private readonly Scenario _scenario;
    private readonly ModelBridge _bridge;
    private readonly HeContext? _context;
    private readonly HePublicContext _modelContext;
    private readonly UpdateLog _log = new();
    private readonly PrivacyPlan? _privacy;
    private PrivacyReportLedger[] _ledgers = [];
    private WeightPlan _weights;
    private AgreedMask? _agreed;
    private volatile bool _isMemoryExceeded;

    public FederationRun(SampleOptions options)
    {
        _options = options;
        _scenario = Scenario.Create(options);
        MemoryNeed.Check(_scenario, options.Clients);
        _bridge = new ModelBridge(_scenario.InitialModel);
        _context = ContextOf(options, _scenario);
        _modelContext = ModelContextOf(options, _context);
        _privacy = options.Privacy is null ? null : PrivacyPlan.Create(options, _bridge.Layout);
        _ledgers = LedgersOf(_ => _privacy!.EmptyLedger);
        _weights = _privacy is { Terms.IsNoiseShared: true }
            ? WeightPlan.OfIntegers(_bridge.Layout, _privacy.Update, options.Clients)
            : WeightPlan.Create(_modelContext, _bridge.Layout, options.Weighting, options.Precision.Bits, CountsOf(options, _scenario));
        Description = Describe();
    }

    public RunDescription Description { get; private set; }

    /// <summary>Agrees with the hospitals upon the parameters to encrypt, unless all of them are encrypted.</summary>
    public async Task AgreeUponMaskAsync(CancellationToken cancellationToken)
    {
        if (_options.MaskPolicy is not MaskPolicy policy)
        {
            return;
        }

        long start = Stopwatch.GetTimestamp();
        _agreed = policy.NeedsSensitivity
            ? await AgreeAsync(policy, cancellationToken)
            : null;
        EncryptionMask mask = _agreed?.Mask ?? policy.Select(_bridge.Layout);
        AggregationPlan fullEncryption = _weights.Plan;
        _weights = _weights.Under(mask, _modelContext);
        Description = Describe() with
        {
            Mask = new MaskReport(policy, _bridge.Layout, mask, _agreed, Stopwatch.GetElapsedTime(start), fullEncryption),
        };
    }

    /// <summary>Runs the training rounds one after another.</summary>
    /// <returns>The summary, or null when a round found no quorum and the job ended early.</returns>
    public async Task<RunSummary?> RunAsync(IReporter reporter, CancellationToken cancellationToken)
    {
        InProcessFederationSetup setup = Setup();

        // Methods are compiled while the first hospital trains, and not while it encrypts.
        Task warmUp = FederationWarmUp.RunAsync(setup, cancellationToken);
        using InProcessFederation federation = await InProcessFederation.CreateAsync(setup, cancellationToken);
        var rounds = new List<RoundOutcome>();
        await foreach (RoundResult outcome in federation.RunAsync(new ActivityReport(reporter), cancellationToken))
        {
            if (outcome.Model is AveragedModel model)
            {
                rounds.Add(Compare(outcome, model, CountSpending(federation)));
                reporter.RoundCompleted(rounds[^1]);
            }
        }

        await warmUp;
        foreach ((ClientId hospital, Exception failure) in federation.Failures)
        {
            if (failure is OutOfMemoryException or AggregateException { InnerException: OutOfMemoryException })
            {
                // Fewer hospitals would train than were asked for.
                throw new MemoryExceededException();
            }

            reporter.Warn($"{hospital} dropped out: {failure.Message}");
        }

        _ = CountSpending(federation);
        int stopped = federation.Clients.Count(client => HasStopped(client.Privacy));
        bool isBudgetSpent = rounds.Count > 0 && stopped > 0;
        return federation.Outcome == FederationOutcome.Completed || isBudgetSpent
            ? new RunSummary(_weights.Plan, rounds, federation.Clients.Min(client => client.Release))
            {
                HasEndedEarly = federation.Outcome != FederationOutcome.Completed,
                StoppedHospitals = stopped,
                PlannedRounds = _options.Rounds,
            }
            : null;
    }

    /// <summary>Writes what every hospital promised and spent, where that was asked for.</summary>
    public void WritePrivacyReport()
    {
        if (_options.PrivacyReport is string path)
        {
            PrivacyReportFile.Write(path, Description, _ledgers);
        }
    }

    /// <summary>Writes what hospitals have counted into ledgers, and returns the largest epsilon; null without a promise.</summary>
    private double? CountSpending(InProcessFederation federation)
    {
        if (_privacy is null)
        {
            return null;
        }

        Dictionary<ClientId, PrivacySpending> spending = federation.Clients.ToDictionary(client => client.Client, client => client.Privacy!);

        // Where noise is shared every hospital counts the same sums; one that was away counts fewer until it has caught up.
        PrivacySpending most = spending.Values.MaxBy(one => one.Epsilon)!;
        _ledgers = LedgersOf(hospital => _privacy.AccountantOf(federation.Job, hospital is ClientId one ? spending[one] : most));
        return most.Epsilon;
    }

    /// <summary>Returns one ledger of all hospitals where they share noise, and otherwise one of each.</summary>
    private PrivacyReportLedger[] LedgersOf(Func<ClientId?, PrivacyAccountant> ledger) => _privacy switch
    {
        null => [],
        { Terms.IsNoiseShared: true } => [new PrivacyReportLedger("all hospitals of the job", _privacy.PromisedTo, ledger(null))],
        _ => [.. Hospitals().Select(pair => new PrivacyReportLedger(pair.Hospital.Value, _privacy.PromisedTo, ledger(pair.Hospital)))],
    };

    /// <summary>Tells whether a hospital's budget was spent before the last round.</summary>
    private bool HasStopped(PrivacySpending? spending)
        => spending is { IsExhausted: true } && spending.Charges.Select(charge => charge.Round).DefaultIfEmpty().Max() < _options.Rounds;

    public void Dispose() => _context?.Dispose();

    private InProcessFederationSetup Setup()
    {
        return new InProcessFederationSetup
        {
            Context = _context,
            Keys = _options.Keys,
            Terms = _weights.Terms,
            Settings = new FederationSettings
            {
                Rounds = _options.Rounds,
                ClientsPerRound = _options.Clients,
                Quorum = SmallestSum,
                MinimumContributors = SmallestSum,
                MaxAttempts = MaxAttempts,
                Strategy = _options.ProximalTerm > 0 ? FedProxStrategy.StrategyName : FedAvgStrategy.StrategyName,
                Training = new TrainingSettings
                {
                    LocalEpochs = _options.LocalEpochs,
                    BatchSize = _options.BatchSize,
                    LearningRate = _options.LearningRate,
                    ProximalMu = _options.ProximalTerm,
                },
            },
            InitialModel = _bridge.Export(_scenario.InitialModel, out _),
            Trainers = Hospitals().ToDictionary(
                pair => pair.Hospital, pair => TrainerOf(pair.Hospital, pair.Index)),
            AgreedMasks = _agreed?.Digests,
            Protection = _options.Protection,
            Update = _privacy?.Update ?? new UpdateTerms(),
            Privacy = _privacy?.Provider,
            Safety = new FederationSafety { AllowInsecure = _options.Scheme == SchemeChoice.PlainInsecure },

            // Hospitals work one at a time, each on all cores, so that no phase is timed while another one competes for
            // the cores.
            MaxConcurrentClients = 1,
            Faults = _options.Dropout > 0 ? new Dropouts(_options.Dropout, _options.Seed).Deliver : null,
        };
    }

    private int SmallestSum => Math.Max(2, _privacy is { Terms.IsNoiseShared: true } ? _privacy.Terms.SmallestContributors : Math.Min(3, _options.Clients));

    private IEnumerable<(ClientId Hospital, int Index)> Hospitals()
        => Enumerable.Range(0, _options.Clients).Select(index => (new ClientId($"hospital-{index + 1}"), index));

    private Dictionary<ClientId, SensitivitySource> SensitivitySources() => Hospitals().ToDictionary(
        pair => pair.Hospital, pair => SensitivityOf(pair.Index));

    private SensitivitySource SensitivityOf(int index)
    {
        var sensitivity = new HospitalSensitivity(
            _scenario.Shares[index], _scenario.InitialModel, _bridge.Layout, _weights.Weights[index]);
        return async (model, cancellationToken) =>
        {
            try
            {
                return await sensitivity.ComputeAsync(model, cancellationToken);
            }
            catch (OutOfMemoryException)
            {
                _isMemoryExceeded = true;
                throw;
            }
        };
    }

    private async Task<AgreedMask> AgreeAsync(MaskPolicy policy, CancellationToken cancellationToken)
    {
        try
        {
            return await InProcessMaskAgreement.RunAsync(Setup(), SensitivitySources(), policy, cancellationToken: cancellationToken);
        }
        catch (MaskNotAgreedException) when (_isMemoryExceeded)
        {
            throw new MemoryExceededException();
        }
    }

    private ILocalTrainer TrainerOf(ClientId hospital, int index) => _privacy?.Terms.Form switch
    {
        RecordProtection.LocalDpSgd => new PrivateHospitalTrainer(hospital, _scenario.Shares[index], _scenario.InitialModel, _bridge, _privacy.Terms.NoisedCount is not null, _log),
        RecordProtection.DistributedGradient => new GradientHospitalTrainer(
            hospital, _scenario.Shares[index], _scenario.InitialModel, _bridge, _privacy.Update.Integers!.Step, _log),
        _ => new HospitalTrainer(
            hospital, _scenario.Shares[index], _scenario.InitialModel, _bridge, _weights.Weights[index], _options.Seed + (1000 * index), _log),
    };

    private RoundOutcome Compare(RoundResult outcome, AveragedModel decrypted, double? spent)
    {
        IReadOnlyList<UpdateLog.Entry> updates = UpdatesOf(outcome.Report);
        long start = Stopwatch.GetTimestamp();
        ModelParameters plaintext = PlaintextFedAvg.Average(_bridge.Layout, updates);
        TimeSpan plaintextTime = Stopwatch.GetElapsedTime(start);
        return new RoundOutcome
        {
            Round = outcome.Report.Round,
            Contributors = updates.Count,
            Hospitals = _options.Clients,
            EncryptedAccuracy = AccuracyOf(decrypted.Parameters),
            PlaintextAccuracy = AccuracyOf(plaintext),
            LargestDifference = PlaintextFedAvg.LargestDifference(decrypted, updates),
            PromisedBound = decrypted.MaxErrorBound,
            SpentEpsilon = spent,
            PromisedEpsilon = _privacy?.Budget.Epsilon,
            ProtectedUnit = _privacy?.Unit,
            IsNoised = _privacy is { Terms.IsNoiseShared: true },
            ClampedValues = _privacy is { Terms.IsNoiseShared: true } ? 0 : updates.Sum(update => update.ClampedValues),
            Costs = new PhaseCosts
            {
                Train = outcome.Costs.Train / Math.Max(1, outcome.Costs.Encryptions),
                Encrypt = outcome.Costs.Encrypt / Math.Max(1, outcome.Costs.Encryptions),
                Fold = outcome.Report.FoldTime / updates.Count,
                Decrypt = outcome.Costs.Decrypt / Math.Max(1, outcome.Costs.Decryptions),
                Committee = outcome.Costs.Committee / Math.Max(1, _options.KeyPlan.Members),
                PlaintextAverage = plaintextTime,
                UploadBytes = outcome.Report.BytesReceived / updates.Count,
                DownloadBytes = outcome.Report.AggregateLength,
            },
        };
    }

    /// <summary>Returns the updates of a round with the weights that count.</summary>
    private IReadOnlyList<UpdateLog.Entry> UpdatesOf(RoundReport report)
    {
        IReadOnlyList<UpdateLog.Entry> updates = _log.Of(report.Contributions.Select(contribution => contribution.Client));
        if (report.ReferenceWeight is not long reference || _options.Weighting == Weighting.Hidden)
        {
            return updates;
        }

        return [.. updates.Select(update => update with { Weight = Math.Min(update.Weight, reference) })];
    }

    private double AccuracyOf(ModelParameters parameters)
    {
        Model model = _scenario.InitialModel.Clone();
        ModelBridge.Import(parameters, model);
        return Evaluator.Evaluate(model, _scenario.Test, degree: Environment.ProcessorCount).Accuracy;
    }

    /// <summary>Creates the context of the scheme whose key every hospital has, or none where a committee opens sums.</summary>
    private static HeContext? ContextOf(SampleOptions options, Scenario scenario)
    {
        if (options.KeyPlan.IsCommittee)
        {
            return null;
        }

        (IHeScheme scheme, HeParameters parameters) = SchemeOf(options, scenario);
        return scheme.CreateContext(parameters);
    }

    private static (IHeScheme Scheme, HeParameters Parameters) SchemeOf(SampleOptions options, Scenario scenario) => options.Scheme switch
    {
        // The scheme encrypts round keys only, as integers of a few bits.
        SchemeChoice.Ckks when options.Protection == JobProtection.RoundKeys => (
            new CkksScheme(), CkksParameters.ForExactIntegers(RoundKeyProtection.PrecisionBits, options.Clients, TrafficOf(options))),
        SchemeChoice.Paillier when options.Protection == JobProtection.RoundKeys => (
            new PaillierScheme(), PaillierParameters.Create(options.Clients, RoundKeyProtection.PrecisionBits)),
        SchemeChoice.Ckks when options.Precision.IsExact => (new CkksScheme(), ExactIntegers(options, TotalWeight(options, scenario))),

        // As many scaling bits as the sum leaves room for, so that few bits of a coefficient need to travel.
        SchemeChoice.Ckks when options.Precision.Bits > 0 => (new CkksScheme(), CkksParameters.ForTotalWeight(TotalWeight(options, scenario))),
        SchemeChoice.Ckks => (new CkksScheme(), CkksParameters.Aggregation),
        SchemeChoice.CkksPaper => (new CkksScheme(), CkksParameters.PaperDefault),
        SchemeChoice.Paillier => (new PaillierScheme(), PaillierOf(options, TotalWeight(options, scenario))),
        SchemeChoice.Seal => (Seal(options), SealParameters.PaperDefault),
        SchemeChoice.SealFlare => (Seal(options), SealParameters.NvidiaFlare),
        _ => (new InsecurePlainScheme(), InsecurePlainParameters.Default),
    };

    /// <summary>Returns the context that the model is encrypted under, which plans sizes and precision.</summary>
    private static HePublicContext ModelContextOf(SampleOptions options, HeContext? scheme)
        => options.Protection == JobProtection.RoundKeys || scheme is null
            ? KeyAdditiveContext.CreatePublic(
                KeyAdditiveParameters.Plan(new KeyAdditiveRequirements(options.Clients, options.Precision.Bits)))
            : scheme.Public;

    private static SealScheme Seal(SampleOptions options) => new(new SealOptions { LibraryPath = options.SealLibrary });

    private static long TotalWeight(SampleOptions options, Scenario scenario)
        => options.Weighting == Weighting.Hidden || options.Privacy is not null ? options.Clients : scenario.TrainingCount;

    /// <summary>
    /// Returns what hospitals weigh at most: 1 under a promise of privacy, which no number of records in clear may stand beside, or a public number where numbers have noise.
    /// </summary>
    private static IReadOnlyList<long> CountsOf(SampleOptions options, Scenario scenario) => options.Privacy switch
    {
        null => [.. scenario.Shares.Select(share => (long)share.Count)],
        { CountNoise: not null } => [.. scenario.Shares.Select(_ => TrainingPlan.LargestCount)],
        _ => [.. scenario.Shares.Select(_ => 1L)],
    };

    private RunDescription Describe() => new(_scenario, _options, _weights.Plan)
    {
        Privacy = [.. _privacy?.Lines() ?? []],
        ProtectedUnit = _privacy?.Unit,
    };

    /// <summary>
    /// Chooses the Paillier parameters. Sums are exact in any case, and the bits decide how many values share a
    /// ciphertext. Where a field cannot hold the total weight, the weights are scaled down to what it holds.
    /// </summary>
    private static PaillierParameters PaillierOf(SampleOptions options, long totalWeight)
    {
        int bits = options.Precision.Bits > 0 ? options.Precision.Bits : PaillierParameters.DefaultPrecisionBits;
        while (true)
        {
            bool fits = PaillierParameters.TryCreate(
                totalWeight, bits, PaillierParameters.DefaultKeyBits, out PaillierParameters? parameters, out ParameterError reason);
            if (fits)
            {
                return parameters!;
            }

            if (reason != ParameterError.PrecisionExceedsModulus || totalWeight <= options.Clients)
            {
                return PaillierParameters.Create(totalWeight, bits);
            }

            totalWeight = Math.Max(options.Clients, totalWeight / 2);
        }
    }

    private static CkksTraffic TrafficOf(SampleOptions options)
    {
        const int LongestSeedList = 64;
        return options.Clients <= LongestSeedList ? CkksTraffic.SeedLists : CkksTraffic.FullSums;
    }

    /// <summary>
    /// Chooses exact integers for the largest total weight that leaves room for one integer; the weights are scaled
    /// down to this total.
    /// </summary>
    private static CkksParameters ExactIntegers(SampleOptions options, long totalWeight)
    {
        while (true)
        {
            try
            {
                return CkksParameters.ForExactIntegers(options.Precision.Bits, totalWeight, TrafficOf(options));
            }
            catch (HeParameterException refusal)
                when (refusal.Error == ParameterError.PrecisionExceedsModulus && totalWeight > options.Clients)
            {
                totalWeight = Math.Max(options.Clients, totalWeight / 2);
            }
        }
    }

    /// <summary>An activity report words the current step of the federation.</summary>
    private sealed class ActivityReport(IReporter reporter) : IProgress<RoundProgress>
    {
        public void Report(RoundProgress value) => reporter.Progress(value.Client is ClientId hospital
            ? $"round {value.Round}: {hospital} {Verb(value.Phase)}"
            : $"round {value.Round}: server {Verb(value.Phase)}");

        private static string Verb(RoundPhase phase) => phase switch
        {
            RoundPhase.Invited => "trains",
            RoundPhase.Training => "trains",
            RoundPhase.Trained => "encrypts",
            RoundPhase.Encrypted => "uploads ciphertexts",
            RoundPhase.DroppedOut => "dropped out",
            RoundPhase.Aggregated => "added the ciphertexts",
            RoundPhase.QuorumMissed => "found too few uploads and asks again",
            _ => "decrypted the average",
        };
    }
}
