using System.Globalization;
using FedHe.MLBridge.Identities;
using FedHe.MLBridge.Planning;
using FedHe.MLBridge.Updates;
using FedHe.Orchestration.Job;
using FedHe.Privacy.Budgets;
using HospitalFedAvg.Data;

namespace HospitalFedAvg.Reporting;

/// <summary>A run description names the model, the data and the protection of a run.</summary>
internal sealed record RunDescription(Scenario Scenario, SampleOptions Options, AggregationPlan Plan)
{
    /// <summary>The report on the mask, or null where everything is encrypted.</summary>
    public MaskReport? Mask { get; init; }

    /// <summary>What is promised to records or hospitals, in lines; none without a promise.</summary>
    public IReadOnlyList<(string Name, string Value)> Privacy { get; init; } = [];

    /// <summary>Whose presence the promise hides; null without one.</summary>
    public string? ProtectedUnit { get; init; }

    public IEnumerable<(string Name, string Value)> Lines()
    {
        yield return ("data", string.Create(
            CultureInfo.InvariantCulture,
            $"{Scenario.DatasetName}: {Scenario.TrainingCount} training and {Scenario.Test.Count} held-out samples, {Scenario.Test.ClassCount} classes"));
        yield return ("hospitals", Privacy.Count > 0 ? Options.Clients.ToString(CultureInfo.InvariantCulture) : string.Create(
            CultureInfo.InvariantCulture,
            $"{Options.Clients} with {string.Join(", ", Scenario.Shares.Take(12).Select(share => share.Count))}{(Options.Clients > 12 ? ", ..." : "")} samples"));
        yield return ("model", string.Create(
            CultureInfo.InvariantCulture, $"{Scenario.InitialModel.Name}, {Scenario.InitialModel.ParameterCount:N0} parameters"));
        yield return ("protection", Protection());
        if (Options.Scheme != SchemeChoice.PlainInsecure)
        {
            yield return ("keys", Options.KeyPlan.Reason);
        }

        foreach ((string Name, string Value) line in (Mask?.Lines() ?? []).Concat(Privacy))
        {
            yield return line;
        }

        yield return ("plan", string.Create(
            CultureInfo.InvariantCulture,
            $"{Plan.UploadBytes:N0} bytes up ({Plan.UploadRatio:F2}x float32), {Plan.DownloadBytes:N0} down ({Plan.DownloadRatio:F2}x); {Errors()}"));
        foreach (string note in Scenario.Notes)
        {
            yield return ("note", note);
        }
    }

    /// <summary>Names the precision asked for, which is a goal on average, beside the bound, which holds for every value; integers have no error.</summary>
    private string Errors()
    {
        if (Options.Privacy is { Unit: PrivacyUnit.Client })
        {
            return "sums of the noised integers are exact";
        }

        string asked = Options.Precision.Bits > 0 ? string.Create(CultureInfo.InvariantCulture, $", for --precision {Options.Precision}") : string.Empty;
        return string.Create(CultureInfo.InvariantCulture, $"errors are bounded by 2^-{Plan.PrecisionBits:F1} of the largest value{asked}");
    }

    private string Protection() => Options.Scheme == SchemeChoice.PlainInsecure
        ? "NONE: plain-insecure encrypts nothing, the server sees every update"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"{Layers()}, {(int)Plan.SecurityLevel}-bit security, {(Plan.Terms.Mask.IsAll ? "every parameter" : $"{Plan.Terms.Mask.Ratio:P1} of all parameters")} encrypted in {Plan.CiphertextCount} ciphertexts ({Plan.Encoding}), weights {Weights()}");

    private string Weights() => Options.Privacy is { CountNoise: not null } ? "with noise" : Privacy.Count > 0 ? "all 1" : Options.Weighting == Weighting.Hidden ? "hidden" : "in clear";

    private string Layers() => Options.KeyPlan.IsCommittee
        ? $"{Plan.SchemeName} under round keys, which {Committee()}"
        : Options.Protection == JobProtection.RoundKeys
        ? $"{Plan.SchemeName} under round keys, which {Outer()} protects"
        : $"{Plan.SchemeName}, directly under the job's key";

    private string Committee()
    {
        CommitteeTerms committee = Options.KeyPlan.TermsOf(Enumerable.Range(1, Options.Clients).Select(number => new ClientId($"hospital-{number}")));
        return $"{committee.Threshold} of {committee.Members.Length} hospitals open together ({committee.Corrupt} may be silent, or lie), sealed with {committee.KeyExchange}";
    }

    private string Outer() => Options.Scheme switch
    {
        SchemeChoice.Paillier => "paillier",
        SchemeChoice.Seal => "seal",
        SchemeChoice.SealFlare => "seal-flare",
        _ => "ckks",
    };
}
