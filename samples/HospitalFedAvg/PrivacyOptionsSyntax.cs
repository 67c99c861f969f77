using System.CommandLine;
using System.CommandLine.Parsing;
using FedHe.MLBridge.Policies;
using FedHe.Privacy.Budgets;
using HospitalFedAvg.Privacy;

namespace HospitalFedAvg;

/// <summary>The syntax of privacy options states on the command line what is promised to records or hospitals. Nothing of the promise has a default.</summary>
internal sealed class PrivacyOptionsSyntax
{
    private const double UsualRate = 0.25;

    private readonly Option<string> _unit = new("--dp")
    {
        Description = "Differential privacy: none; record for every single record, in the form that --form names; or client for "
            + "every whole hospital, by noise that all hospitals share inside the ciphertexts. record and client need --epsilon, --delta and --clip.",
        HelpName = "none|record|client",
        DefaultValueFactory = _ => "none",
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (text is not ("none" or "record" or "client"))
            {
                result.AddError($"--dp must be none, record or client, not '{text}'.");
            }

            return text;
        },
    };

    private readonly Option<double?> _epsilon = Number("--epsilon", "Largest epsilon that all rounds may cost a record or a hospital, above 0. No default.", value => value > 0, "above 0");
    private readonly Option<double?> _delta = Number("--delta", "Delta that belongs to the epsilon, far below 1 / (records of a hospital), or 1 / (hospitals). No default.", value => value is > 0 and < 1, "above 0 and below 1");
    private readonly Option<double?> _clip = Number("--clip", "Largest norm of one record's gradient, or of the difference by which a hospital moves the model, above 0. No default.", value => value > 0, "above 0");
    private readonly Option<double?> _rate = Number(
        "--sampling-rate", "Probability with which each record is in a step, above 0 to 1; an epoch has 1 / rate steps, and 1 samples nothing. Default: 0.25.", value => value is > 0 and <= 1, "above 0 and at most 1");

    private readonly Option<double?> _noise = Number(
        "--noise-multiplier", "Noise over the clip norm, 0.01 to 1000, instead of so much that all rounds fit the budget; hospitals stop when theirs is spent.", value => value is >= 0.01 and <= 1000, "from 0.01 to 1000");

    private readonly Option<double?> _countNoise = Number(
        "--count-noise", "Standard deviation of the noise on each hospital's number of records, 1 to 1000: the noised number is its weight, divides its sums of gradients, and is paid for once. "
            + "Default: weights of 1.", value => value is >= 1 and <= 1000, "from 1 to 1000");

    private readonly Option<string> _form = new("--form")
    {
        Description = "Whose noise hides records with --dp record: local, the whole noise of each hospital in every step of its training; or distributed, noise that all "
            + "hospitals share inside the ciphertexts, where a round is one step down the sum of all gradients. Default: local.",
        HelpName = "local|distributed",
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (text is not ("local" or "distributed"))
            {
                result.AddError($"--form must be local or distributed, not '{text}'.");
            }

            return text;
        },
    };

    private readonly Option<int?> _records = Count(
        "--records", "Public number that every hospital's sum of gradients is divided by with --form distributed: about as many records as a hospital has. No default.", least: 1);

    private readonly Option<int?> _dropouts = Count(
        "--planned-dropouts", "Hospitals that may drop out of a round of shared noise; a round of fewer is not opened. Default: none, or a quarter with --dropout.");

    private readonly Option<int?> _colluders = Count(
        "--planned-colluders", "Hospitals that may collude against shared noise, and whose noise counts for nothing. Default: as many as members of the committee may, and 1 without one: whoever sees the average knows its own share.");

    private readonly Option<bool> _adaptiveClip = new("--adaptive-clip")
    {
        Description = "Let the clip of --dp client follow the median of the hospitals' norms from the second round on; --clip is the one of the first round. The bits that move it are paid for.",
    };

    private readonly Option<bool> _rotate = new("--rotate")
    {
        Description = "Let hospitals of --dp client rotate their differences before rounding, so that integers need fewer bits.",
    };

    private readonly Option<FileInfo?> _report = new("--privacy-report")
    {
        Description = "File to write the ledgers of all hospitals to, as a page for people who judge the promise.",
        HelpName = "FILE",
    };

    private IEnumerable<Option<double?>> Promise => [_epsilon, _delta, _clip];

    private IEnumerable<Option> OfTraining => [_rate, _noise, _countNoise];

    private IEnumerable<Option> OfShares => [_dropouts, _colluders];

    private IEnumerable<Option> OfClients => [_adaptiveClip, _rotate];

    private IEnumerable<Option> Rest => [.. Promise, _form, .. OfTraining, _records, .. OfShares, .. OfClients, _report];

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(RootCommand command)
    {
        command.Add(_unit);
        foreach (Option option in Rest)
        {
            command.Add(option);
        }
    }

    /// <summary>Refuses what is missing from a promise, and what would break one or do nothing.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="weights">The option for weights.</param>
    /// <param name="precision">The option for the precision.</param>
    /// <param name="maskRatio">The option for the encrypted part.</param>
    /// <param name="maskPolicy">The option for the policy that chooses the encrypted part.</param>
    /// <param name="batch">The option for the number that sums of gradients are divided by.</param>
    /// <param name="ofTraining">The other options for local training, of which distributed gradients have none.</param>
    /// <param name="direct">The option for the direct mode.</param>
    public void Check(
        CommandResult result, Option weights, Option precision, Option maskRatio, Option<MaskPolicy?> maskPolicy, Option batch, IReadOnlyList<Option> ofTraining, Option<bool> direct)
    {
        if (UnitOf(result) is not PrivacyUnit unit)
        {
            // Another unit was refused already, and its options do not matter.
            bool isNone = result.GetResult(_unit)?.Tokens is not [{ Value: not "none" }];
            if (isNone && Rest.FirstOrDefault(option => result.GetResult(option) is { Implicit: false }) is Option idle)
            {
                result.AddError($"{idle.Name} is about differential privacy and has no effect with --dp none: add --dp record or --dp client, or leave it out.");
            }

            return;
        }

        bool isDistributed = FormOf(result) == RecordForm.DistributedGradient;
        string name = unit == PrivacyUnit.Client ? "--dp client" : isDistributed ? "--form distributed" : "--dp record";
        foreach (Option<double?> missing in Promise.Where(option => result.GetResult(option) is null))
        {
            result.AddError($"{name} needs {missing.Name}: nothing of a promise has a default.");
        }

        IEnumerable<Option> foreigners = unit == PrivacyUnit.Client ? [.. OfTraining, _records, _form] : isDistributed ? [.. OfTraining, batch, .. ofTraining, .. OfClients] : [.. OfShares, _records, .. OfClients];
        foreach (Option foreign in foreigners.Where(option => result.GetResult(option) is { Implicit: false }))
        {
            result.AddError($"{foreign.Name} has no effect with {name}: leave it out.");
        }

        if (isDistributed && result.GetResult(_records) is null)
        {
            result.AddError("--form distributed needs --records: nothing that a sum is divided by may depend on records.");
        }

        if (result.GetResult(weights)?.Tokens.Count > 0)
        {
            result.AddError($"{name} weighs every hospital by 1, because the number of its records would not be covered by the noise: leave out --weights.");
        }

        if (result.GetResult(_countNoise) is not null)
        {
            CheckCounts(result, batch, direct);
        }

        if (unit == PrivacyUnit.Client || isDistributed)
        {
            CheckShared(name, result, precision, maskRatio, maskPolicy);
        }
        else if (result.GetResult(maskRatio) is not null
            || (result.GetResult(maskPolicy) is { Tokens.Count: > 0 } && result.GetValue(maskPolicy) is { NeedsSensitivity: true }))
        {
            result.AddError("--dp record refuses masks that are chosen by sensitivity, because sensitivities of records have no noise: "
                + "encrypt everything, or choose with --mask-policy by layers, such as 'first | last'.");
        }
    }

    /// <summary>Reads the promise, or returns null where there is none.</summary>
    public PrivacyOptions? Read(ParseResult result) => UnitOf(result.CommandResult) is PrivacyUnit unit
        ? new PrivacyOptions(
            unit,
            result.GetValue(_epsilon)!.Value,
            result.GetValue(_delta)!.Value,
            result.GetValue(_clip)!.Value,
            result.GetValue(_rate) ?? UsualRate,
            result.GetValue(_noise),
            result.GetValue(_dropouts),
            result.GetValue(_colluders),
            unit == PrivacyUnit.Client ? null : FormOf(result.CommandResult) ?? RecordForm.LocalDpSgd,
            result.GetValue(_records),
            result.GetValue(_countNoise),
            result.GetValue(_adaptiveClip),
            result.GetValue(_rotate))
        : null;

    /// <summary>Reads the path of the report, or returns null.</summary>
    public string? ReportPath(ParseResult result) => result.GetValue(_report)?.FullName;

    private static void CheckCounts(CommandResult result, Option batch, Option<bool> direct)
    {
        if (result.GetResult(batch) is { Implicit: false })
        {
            result.AddError("--count-noise divides sums of gradients by noised numbers of records: leave out --batch.");
        }

        if (result.GetValue(direct))
        {
            result.AddError("--count-noise needs round keys, under which weights cost no precision: leave out --direct.");
        }
    }

    private static void CheckShared(string name, CommandResult result, Option precision, Option maskRatio, Option maskPolicy)
    {
        if (result.GetResult(maskRatio) is not null || result.GetResult(maskPolicy) is { Tokens.Count: > 0 })
        {
            result.AddError($"{name} encrypts every parameter, because values in clear carry one share of the noise only: leave out --mask-ratio and --mask-policy.");
        }

        if (result.GetResult(precision) is { Tokens.Count: > 0 })
        {
            result.AddError($"{name} sends integers, which travel exactly: leave out --precision.");
        }
    }

    private PrivacyUnit? UnitOf(CommandResult result) => result.GetResult(_unit)?.Tokens switch
    {
        [{ Value: "record" }] => PrivacyUnit.Record,
        [{ Value: "client" }] => PrivacyUnit.Client,
        _ => null,
    };

    private RecordForm? FormOf(CommandResult result) => result.GetResult(_form)?.Tokens switch
    {
        [{ Value: "distributed" }] => RecordForm.DistributedGradient,
        [{ Value: "local" }] => RecordForm.LocalDpSgd,
        _ => null,
    };

    private static Option<int?> Count(string name, string description, int least = 0) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (CommandLineNumber.TryParse(text, out int value) && value >= least)
            {
                return value;
            }

            result.AddError($"{name} must be a whole number of at least {least}, not '{text}'.");
            return null;
        },
    };

    private static Option<double?> Number(string name, string description, Func<double, bool> accepts, string range) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (CommandLineNumber.TryParse(text, out double value) && double.IsFinite(value) && accepts(value))
            {
                return value;
            }

            result.AddError($"{name} must be a number {range}, not '{text}'.");
            return null;
        },
    };
}
