using System.CommandLine;
using TorchFederation.Federations;

namespace TorchFederation;

/// <summary>The command line of the program.</summary>
internal sealed class CommandLine
{
    private static readonly string[] Models = ["lenet", "cnn", "transformer"];

    private readonly Option<string?> _model = new("--model") { Description = $"One of {string.Join(", ", Models)}; all of them without this option." };
    private readonly Option<string?> _mnist = new("--mnist")
    {
        Description = "A folder with MNIST's files: the CNN, 97 % of a fifth of the pictures, which is held out.",
    };

    private readonly Option<bool> _adapters = new("--adapters")
    {
        Description = "Adapters (LoRA) of a small transformer: halves in turns beside naive averages and training in one place.",
    };

    private readonly Option<int?> _rounds = new("--rounds")
    {
        Description = $"The number of rounds, 1 to 1000; 2 unless told otherwise, 8 with --mnist and {AdapterComparison.Rounds} with --adapters, which compares accuracies from there on.",
    };

    private readonly Option<int> _seed = new("--seed")
    {
        Description = "The seed of data, models and training; 1 unless told otherwise.",
        DefaultValueFactory = _ => 1,
    };

    /// <summary>Reads the options and runs the program with them.</summary>
    public Task<int> InvokeAsync(string[] arguments, Func<SampleOptions, CancellationToken, Task<int>> run)
    {
        var command = new RootCommand("Three clients train TorchSharp modules together while the server sees only ciphertexts.");
        command.Options.Add(_model);
        command.Options.Add(_mnist);
        command.Options.Add(_adapters);
        command.Options.Add(_rounds);
        command.Options.Add(_seed);
        _model.AcceptOnlyFromAmong(Models);
        _rounds.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() is < 1 or > 1000)
            {
                result.AddError("--rounds takes a number from 1 to 1000.");
            }
        });
        command.Validators.Add(result =>
        {
            if (result.GetValue(_mnist) is not null && result.GetValue(_model) is not null and not "cnn")
            {
                result.AddError("--mnist is for the CNN. Leave --model out.");
            }

            if (result.GetValue(_adapters) && (result.GetValue(_mnist) is not null || result.GetValue(_model) is not null))
            {
                result.AddError("--adapters has a model and data of its own. Leave --model and --mnist out.");
            }
        });
        command.SetAction((result, cancellationToken) => run(
            new SampleOptions(
                result.GetValue(_model),
                result.GetValue(_mnist),
                result.GetValue(_adapters),
                result.GetValue(_rounds) ?? (result.GetValue(_adapters) ? AdapterComparison.Rounds : result.GetValue(_mnist) is null ? 2 : 8),
                result.GetValue(_seed)),
            cancellationToken));
        ParseResult parsed = command.Parse(arguments);
        return parsed.Errors.Count > 0 ? FailAsync(parsed) : parsed.InvokeAsync();
    }

    private static async Task<int> FailAsync(ParseResult parsed)
    {
        await parsed.InvokeAsync();
        return ExitCodes.BadInput;
    }
}
