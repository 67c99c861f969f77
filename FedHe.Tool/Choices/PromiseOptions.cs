using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FedHe.Tool.Folders;

namespace FedHe.Tool.Choices;

/// <summary>The options that state a promise of differential privacy to whole clients. Nothing of the promise has a default.</summary>
internal sealed class PromiseOptions
{
    private readonly Option<double?> _epsilon = Number("--epsilon", "Largest epsilon of everything that the job releases about one client, above 0. No default.", value => value > 0, "above 0");
    private readonly Option<double?> _delta = Number("--delta", "Delta that belongs to the epsilon, far below 1 / (clients). No default.", value => value is > 0 and < 1, "above 0 and below 1");
    private readonly Option<double?> _clip = Number("--clip", "Largest 2-norm of the difference by which a client moves the model, above 0. No default.", value => value > 0, "above 0");

    private IEnumerable<Option<double?>> All => [_epsilon, _delta, _clip];

    public void AddTo(Command command)
    {
        foreach (Option option in All)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether any part of a promise is stated.</summary>
    public bool IsStated(CommandResult result) => All.Any(option => result.GetResult(option) is not null);

    /// <summary>Refuses a promise of which a part is missing.</summary>
    public void RequireAll(CommandResult result)
    {
        foreach (Option<double?> missing in All.Where(option => result.GetResult(option) is null))
        {
            result.AddError($"A promise of differential privacy needs {missing.Name} too: nothing of a promise has a default.");
        }
    }

    /// <summary>Reads a promise, or returns null where there is none.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="colluders">The smallest number of colluders that a client reckons with.</param>
    public ClientPromise? Read(ParseResult parsed, int colluders = 1)
        => parsed.GetValue(_epsilon) is double epsilon ? new ClientPromise(epsilon, parsed.GetValue(_delta)!.Value, parsed.GetValue(_clip)!.Value, colluders) : null;

    private static Option<double?> Number(string name, string description, Func<double, bool> accepts, string range) => new(name)
    {
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) && accepts(value))
            {
                return value;
            }

            result.AddError($"{name} must be a number {range}, not '{text}'.");
            return null;
        },
    };
}
