using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using FedHe.Safetensors.Checkpoints;
using FedHe.Safetensors.Models;

namespace FedHe.Tool.Choices;

/// <summary>The options that say which model is averaged, and how far its values may go.</summary>
internal sealed class ModelOptions
{
    private readonly Option<string> _model = new("--model")
    {
        Description = "The model that all clients start from: a safetensors file, an index of shards, or a folder with one of them.",
        Required = true,
    };

    private readonly Option<double> _bound = new("--bound")
    {
        Description = "Clipping bound: no value of any client's model exceeds it in magnitude. The error of the average grows with it.",
        Required = true,
        CustomParser = result => ParseBound(result, result.Tokens.Single().Value),
    };

    private readonly Option<Dictionary<string, double>> _bounds = new("--bound-of")
    {
        Description = "Clipping bound of one tensor, as NAME=NUMBER; may be given several times.",
        AllowMultipleArgumentsPerToken = false,
        Arity = ArgumentArity.ZeroOrMore,
        CustomParser = ParseBounds,
    };

    private readonly Option<string[]> _local = new("--keep-local")
    {
        Description = "Name of a floating tensor that is not averaged, such as a mask with infinities: every client has the one of the initial model, in every round. May be given several times.",
    };

    public void AddTo(Command command)
    {
        command.Options.Add(_model);
        AddBoundsTo(command);
    }

    /// <summary>Adds the options without the model itself.</summary>
    public void AddBoundsTo(Command command)
    {
        command.Options.Add(_bound);
        command.Options.Add(_bounds);
        command.Options.Add(_local);
    }

    public SafetensorsCheckpoint Open(ParseResult parsed) => SafetensorsCheckpoint.Open(parsed.GetValue(_model)!);

    public SafetensorsModel Read(ParseResult parsed, SafetensorsCheckpoint checkpoint) => SafetensorsModel.Describe(checkpoint, ReadBounds(parsed));

    /// <summary>Reads the options without the model itself.</summary>
    public SafetensorsModelOptions ReadBounds(ParseResult parsed) => new()
    {
        Bound = parsed.GetValue(_bound),
        Bounds = parsed.GetValue(_bounds) ?? [],
        KeepLocal = parsed.GetValue(_local) ?? [],
    };

    private static double ParseBound(ArgumentResult result, string text)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double bound) && bound > 0 && double.IsFinite(bound))
        {
            return bound;
        }

        result.AddError($"A bound must be a positive number, not '{text}'.");
        return 1;
    }

    private static Dictionary<string, double> ParseBounds(ArgumentResult result)
    {
        var bounds = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (Token token in result.Tokens)
        {
            int separator = token.Value.LastIndexOf('=');
            if (separator <= 0 || !bounds.TryAdd(token.Value[..separator], ParseBound(result, token.Value[(separator + 1)..])))
            {
                result.AddError($"--bound-of takes NAME=NUMBER, once for a tensor, not '{token.Value}'.");
            }
        }

        return bounds;
    }
}
