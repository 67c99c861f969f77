using System.CommandLine;
using System.CommandLine.Parsing;
using FedHe.Tool.Folders;
using FedHe.Tool.Parties;

namespace FedHe.Tool.Choices;

/// <summary>The options that state a promise of differential privacy to whole clients. Nothing of the promise has a default.</summary>
internal sealed class PromiseOptions
{
    private readonly Option<double?> _epsilon = Number(PromiseNumber.Epsilon, "Largest epsilon of everything that the job releases about one client, above 0. No default.");
    private readonly Option<double?> _delta = Number(PromiseNumber.Delta, "Delta that belongs to the epsilon, far below 1 / (clients). No default.");
    private readonly Option<double?> _clip = Number(PromiseNumber.Clip, "Largest 2-norm of the difference by which a client moves the model, above 0. No default.");

    /// <summary>The options, all of which a promise needs.</summary>
    public IEnumerable<Option<double?>> All => [_epsilon, _delta, _clip];

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

    private static Option<double?> Number(PromiseNumber number, string description) => new($"--{number.Name}")
    {
        Description = description,
        CustomParser = result =>
        {
            string text = result.Tokens.Single().Value;
            if (number.TryParse(text) is double value)
            {
                return value;
            }

            result.AddError(number.Describe($"--{number.Name}", text));
            return null;
        },
    };
}
