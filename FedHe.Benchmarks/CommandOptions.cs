using System.CommandLine;
using System.CommandLine.Parsing;

namespace FedHe.Benchmarks;

/// <summary>Command options are created here with the checks that they share.</summary>
internal static class CommandOptions
{
    public static Option<int> Number(string name, string description, int value, int minimum = 1, int maximum = int.MaxValue)
    {
        var option = new Option<int>(name) { Description = description, DefaultValueFactory = _ => value };
        option.Validators.Add(result => Require(
            result, result.GetValueOrDefault<int>() >= minimum && result.GetValueOrDefault<int>() <= maximum, $"{name} must be between {minimum} and {maximum}."));
        return option;
    }

    public static Option<string> Choice(string name, string description, string value, string[] choices)
        => new Option<string>(name) { Description = description, DefaultValueFactory = _ => value }.AcceptOnlyFromAmong(choices);

    public static Option<FileInfo?> Json() => new("--json") { Description = "File to write the figures to." };

    public static void Require(OptionResult result, bool condition, string message)
    {
        if (!condition)
        {
            result.AddError(message);
        }
    }
}
