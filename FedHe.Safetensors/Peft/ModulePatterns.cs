using System.Collections.Immutable;
using System.Text.RegularExpressions;
using FedHe.Safetensors.Errors;

namespace FedHe.Safetensors.Peft;

/// <summary>
/// Module patterns are the entries of a rank or alpha pattern: names, or regular expressions, that a module's name ends with at a dot. The first entry that fits counts.
/// </summary>
/// <remarks>The expressions come from a file that anybody may have written, so they are matched in linear time, without backtracking.</remarks>
/// <typeparam name="T">The type of the values.</typeparam>
internal sealed class ModulePatterns<T>
    where T : struct
{
    public const int MaxCount = 1000;
    public const int MaxLength = 256;

    private readonly ImmutableArray<(Regex Pattern, T Value)> _entries;

    /// <summary>Prepares patterns.</summary>
    /// <param name="field">The field of the configuration.</param>
    /// <param name="entries">The patterns with their values.</param>
    /// <exception cref="SafetensorsException">An entry is no regular expression that can be matched in linear time, or there are too many.</exception>
    public ModulePatterns(string field, IReadOnlyList<(string Pattern, T Value)> entries)
    {
        if (entries.Count > MaxCount)
        {
            throw Throw.AdapterConfig(field, $"has more than {MaxCount} entries.");
        }

        _entries = [.. entries.Select(entry => (Compile(field, entry.Pattern), entry.Value))];
    }

    /// <summary>The number of patterns.</summary>
    public int Count => _entries.Length;

    /// <summary>Returns the value of a module, or null where no entry fits its name.</summary>
    /// <param name="module">The name of the module in the base model.</param>
    public T? ValueOf(string module)
    {
        foreach ((Regex pattern, T value) in _entries)
        {
            if (pattern.IsMatch(module))
            {
                return value;
            }
        }

        return null;
    }

    private static Regex Compile(string field, string pattern)
    {
        if (pattern.Length > MaxLength)
        {
            throw Throw.AdapterConfig(field, $"has a pattern of more than {MaxLength} characters.");
        }

        try
        {
            return new Regex($@"\A(?:.*\.)?(?:{pattern})\z", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture);
        }
        catch (Exception fault) when (fault is ArgumentException or NotSupportedException)
        {
            throw Throw.AdapterConfig(field, $"has the pattern {Quoted.Name(pattern)}, which is no regular expression that is matched in linear time.", fault);
        }
    }
}
