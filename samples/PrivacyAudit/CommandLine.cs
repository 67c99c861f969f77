using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using System.Numerics;
using FedHe.Crypto.Random;
using PrivacyAuditSample.OneRun;
using PrivacyAuditSample.Theorem;

namespace PrivacyAuditSample;

/// <summary>The command line has options with their ranges and defaults.</summary>
internal sealed class CommandLine
{
    private readonly Option<string?> _data = new("--data")
    {
        Description = "CIFAR-10 or CIFAR-100 binary file. Default: built-in synthetic pictures.",
    };

    private readonly Option<int[]> _pictures = List(
        "--pictures", "Positions of the pictures to attack, counted from 0, and not how many: 0,3,7 are three. Default: the first ten of a file, two synthetic ones.", "", 0, int.MaxValue);

    private readonly Option<double[]> _ratios = List("--ratios", "Selection ratios p to compare.", "0,0.1,0.3", 0.0, 1.0);

    private readonly Option<string[]> _selections = Choice(
        "--selections",
        "How the encrypted parameters are chosen: sensitivity (the map of all pictures together), " +
            "own (each picture's own map), random.",
        "sensitivity,random",
        ["sensitivity", "own", "random"]);

    private readonly Option<string[]> _attacks = Choice(
        "--attacks",
        "dlg-zeroed (takes encrypted entries for zero), dlg (leaves them out), idlg, inverting, inverting-zeroed, " +
            "inverting-tensors (each tensor's direction by itself), text (on a small language model). " +
            "A ratio is recommended only where dlg, inverting and inverting-tensors ran.",
        "dlg,inverting,inverting-tensors",
        AttackChoice.Names);

    private readonly Option<int> _restarts = Ranged("--restarts", "Random starts of every attack; the best is kept.", 2, 1, 1000);
    private readonly Option<int> _iterations = Ranged(
        "--iterations", "Iterations of one start at most; 0 leaves each attack its own default.", 0, 0, 1_000_000);
    private readonly Option<double> _recovered = Ranged(
        "--recovered-below", "Mean squared error on [0,1] below which a picture counts as recovered and its attack ends.", 1e-3, 1e-9, 1.0);
    private readonly Option<double> _leak = Ranged(
        "--leak-ssim", "SSIM from which on a picture counts as leaked; decides the recommended ratio.", 0.3, 0.0, 1.0);
    private readonly Option<int> _seed = Ranged("--seed", "Seed of the model, the random masks and the starts.", 1, 0, 1_000_000_000);

    private readonly Option<bool> _stored = new("--stored")
    {
        Description = "Make no attempts on pictures; report those that are stored, up to the given number of starts.",
    };

    private readonly Option<string> _output = new("--out")
    {
        Description = "Folder of the report. Attempts are stored there too: run the same command again to go on after a cancellation.",
        DefaultValueFactory = _ => "privacy-audit",
    };

    /// <summary>Parses the command line and runs the sample.</summary>
    /// <param name="arguments">The command line.</param>
    /// <param name="run">The function to run, whose result is the exit code.</param>
    public Task<int> InvokeAsync(string[] arguments, Func<ISession, CancellationToken, Task<int>> run)
    {
        var command = new RootCommand("Attacks partly encrypted gradients and reports from which selection ratio on the attacks fail.")
        {
            _data, _pictures, _ratios, _selections, _attacks, _restarts, _iterations, _recovered, _leak, _seed, _stored, _output,
            TheoremCommand.Create(_data, _pictures, _ratios, _seed, run), OneRunCommand.Create(run),
        };
        command.SetAction((result, cancellationToken) => run(new AuditSession(Read(result)), cancellationToken));

        // Exceptions reach the caller, which words them in one line.
        return command.Parse(arguments).InvokeAsync(new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromSeconds(5),
        });
    }

    internal static Option<double> Required(string name, string description, double minimum, double maximum)
    {
        Option<double> option = Ranged(name, description, 0, minimum, maximum);
        (option.Required, option.DefaultValueFactory) = (true, null);
        return option;
    }

    private SampleOptions Read(ParseResult result) => new()
    {
        DataPath = result.GetValue(_data),
        Pictures = result.GetValue(_pictures)!,
        Ratios = [.. result.GetValue(_ratios)!.Distinct().Order()],
        Selections = [.. result.GetValue(_selections)!.Distinct()],
        Attacks = [.. result.GetValue(_attacks)!.Distinct()],
        Restarts = result.GetValue(_restarts),
        Iterations = result.GetValue(_iterations),
        RecoveredBelow = result.GetValue(_recovered),
        LeakThreshold = result.GetValue(_leak),
        Seed = result.GetValue(_seed),
        StoredOnly = result.GetValue(_stored),
        Output = result.GetValue(_output)!,
    };

    private static Option<string[]> Choice(string name, string description, string defaults, IReadOnlyList<string> choices) => new(name)
    {
        Description = $"{description} Separated by commas.",
        DefaultValueFactory = _ => defaults.Split(','),
        CustomParser = result =>
        {
            string[] parts = Parts(result, name);
            foreach (string part in parts.Except(choices))
            {
                result.AddError($"{name} takes {string.Join(", ", choices)}, not '{part}'.");
            }

            return parts;
        },
    };

    private static Option<T[]> List<T>(string name, string description, string defaults, T minimum, T maximum)
        where T : INumber<T>
        => new(name)
        {
            Description = $"{description} Separated by commas.",
            DefaultValueFactory = _ => [.. defaults.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(part => T.Parse(part, CultureInfo.InvariantCulture))],
            CustomParser = result => [.. Parts(result, name).Select(part => Parse(result, name, part, minimum, maximum))],
        };

    internal static Option<T> Ranged<T>(string name, string description, T defaultValue, T minimum, T maximum)
        where T : INumber<T>
        => new(name)
        {
            Description = string.Create(CultureInfo.InvariantCulture, $"{description} {minimum} to {maximum}."),
            DefaultValueFactory = _ => defaultValue,
            CustomParser = result => Parse(result, name, result.Tokens.Single().Value, minimum, maximum),
        };

    private static T Parse<T>(ArgumentResult result, string name, string text, T minimum, T maximum)
        where T : INumber<T>
    {
        // Without thousands separators, which would make 5 of 0,05. NaN is in no range.
        if (!T.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out T? value) || !(value >= minimum && value <= maximum))
        {
            result.AddError(string.Create(CultureInfo.InvariantCulture, $"{name} must be a number from {minimum} to {maximum}, not '{text}'."));
        }

        return value ?? minimum;
    }

    private static string[] Parts(ArgumentResult result, string name)
    {
        string[] parts = [.. result.Tokens.SelectMany(token => token.Value.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))];
        if (parts.Length == 0)
        {
            result.AddError($"{name} is empty. Name at least one, or leave it out for the default.");
        }

        return parts;
    }
}
