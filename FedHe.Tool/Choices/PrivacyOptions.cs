using System.CommandLine;
using System.CommandLine.Parsing;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Choices;

/// <summary>The options that give a job privacy terms.</summary>
internal sealed class PrivacyOptions
{
    private readonly PromiseOptions _promise = new();

    private readonly Option<string> _unit = new("--dp")
    {
        Description = "Differential privacy: none, or client for every whole client, by noise that all clients share inside the ciphertexts; it needs --epsilon, --delta and --clip.",
        HelpName = "none|client",
        DefaultValueFactory = _ => "none",
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (text is "record" or "distributed-gradient" or "local-dp-sgd")
            {
                result.AddError($"--dp {text} is not offered: a training program hands over a model, and nothing shows that it clipped the gradient of every record. Jobs that hide records, "
                    + "by distributed gradients or by local DP-SGD, are for programs on FedHe.Orchestration; see docs/differential-privacy.md.");
            }
            else if (text is not ("none" or "client"))
            {
                result.AddError($"--dp must be none or client, not '{text}'.");
            }

            return text;
        },
    };

    private readonly Option<int?> _dropouts = JobOptions.RangedOrNone(
        "--dropouts", "Clients that may drop out of a round; a sum of fewer is not opened. Default: as many as --quorum permits, or none.", 0, 1_000_000);

    private readonly Option<int?> _colluders = JobOptions.RangedOrNone(
        "--colluders", "Contributors that may collude, and whose noise counts for nothing. Default: as many as members of the committee may, and 1 without one.", 1, 1_000_000);

    private readonly Option<int?> _sums = JobOptions.RangedOrNone(
        "--sums", "Sums that the budget must suffice for. Default: the rounds; more where rounds may be repeated.", 1, 1_000_000);

    /// <summary>The option that says who is hidden.</summary>
    public Option<string> Unit => _unit;

    /// <summary>All options.</summary>
    public IEnumerable<Option> All => [_unit, .. _promise.All, _dropouts, _colluders, _sums];

    public void AddTo(Command command)
    {
        foreach (Option option in All)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Refuses what is missing from a promise, and what would break one or do nothing.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="breaking">Options that a promise does not permit, with the reason.</param>
    public void Check(CommandResult result, IEnumerable<(Option Option, string Reason)> breaking)
    {
        string unit = result.GetResult(_unit)?.Tokens is [{ Value: string text }] ? text : "none";
        if (unit != "client")
        {
            // Another unit was refused already, and its options do not matter.
            if (unit == "none" && (_promise.IsStated(result) || new Option[] { _dropouts, _colluders, _sums }.Any(option => result.GetResult(option) is not null)))
            {
                result.AddError("--epsilon, --delta, --clip, --dropouts, --colluders and --sums are about differential privacy: add --dp client, or leave them out.");
            }

            return;
        }

        _promise.RequireAll(result);
        foreach ((Option option, string reason) in breaking.Where(one => result.GetResult(one.Option) is { Implicit: false }))
        {
            result.AddError($"--dp client {reason}: leave out {option.Name}.");
        }
    }

    /// <summary>Reads the choices, or returns null for a job without privacy terms.</summary>
    public PrivacyChoices? Read(ParseResult parsed) => parsed.GetValue(_unit) == "client" && _promise.Read(parsed) is { } promise
        ? new PrivacyChoices(promise, parsed.GetValue(_dropouts), parsed.GetValue(_colluders), parsed.GetValue(_sums))
        : null;
}
