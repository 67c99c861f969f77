using System.Globalization;
using FedHe.Orchestration.Job;
using Microsoft.Extensions.Configuration;

namespace FedHe.Orchestration.DependencyInjection;

/// <summary>
/// A configuration reader reads a section strictly: what is misspelled, out of range or unknown becomes a fault, never a default
/// in silence. Faults name the key and what it may hold, and never repeat a value.
/// </summary>
/// <param name="section">The section.</param>
/// <param name="faults">The list that faults are added to.</param>
internal sealed class ConfigurationReader(IConfigurationSection section, List<string> faults)
{
    private readonly HashSet<string> _known = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Tells whether the section has a key.</summary>
    public bool Has(string key) => section.GetSection(key).Exists();

    /// <summary>Returns the text of a key, or null where the section has none.</summary>
    public string? ReadText(string key)
    {
        _known.Add(key);
        IConfigurationSection entry = section.GetSection(key);
        if (entry.Value is null && entry.GetChildren().Any())
        {
            AddFault(key, "must be one value, not a section or a list");
        }

        return entry.Value;
    }

    /// <summary>Returns the number of a key, or null where the section has none, or none that is in the range.</summary>
    public long? ReadNumber(string key, long smallest, long largest)
    {
        if (ReadText(key) is not string text)
        {
            return null;
        }

        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long number)
            && number >= smallest && number <= largest)
        {
            return number;
        }

        AddFault(key, string.Create(CultureInfo.InvariantCulture, $"must be a whole number from {smallest} to {largest}"));
        return null;
    }

    /// <summary>Returns the number of a key, and adds a fault where the section has none.</summary>
    public long? ReadRequiredNumber(string key, long smallest, long largest)
    {
        if (section[key] is null)
        {
            _known.Add(key);
            AddFault(key, "is missing");
            return null;
        }

        return ReadNumber(key, smallest, largest);
    }

    /// <summary>Returns the truth of a key, or null where the section has none.</summary>
    public bool? ReadTruth(string key)
        => ReadChoice(key, bool.TrueString, bool.FalseString) is string text ? text == bool.TrueString : null;

    /// <summary>Returns the choice of a key as it is spelled here, or null where the section has none, or an unknown one.</summary>
    public string? ReadChoice(string key, params string[] choices)
    {
        if (ReadText(key) is not string text)
        {
            return null;
        }

        string? choice = choices.FirstOrDefault(choice => choice.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (choice is null)
        {
            AddFault(key, $"must be one of: {string.Join(", ", choices)}");
        }

        return choice;
    }

    /// <summary>Returns the key management of a key, or null where the section has none, or an unknown one.</summary>
    public KeyManagement? ReadKeys(string key)
    {
        if (ReadText(key) is not string text)
        {
            return null;
        }

        if (!KeyManagement.TryParse(text, out KeyManagement? keys))
        {
            AddFault(key, $"must be {KeyManagement.Accepted}");
        }

        return keys;
    }

    /// <summary>Returns the reader of a section in this one.</summary>
    public ConfigurationReader ReadSection(string key)
    {
        _known.Add(key);
        IConfigurationSection inner = section.GetSection(key);
        if (!string.IsNullOrEmpty(inner.Value))
        {
            AddFault(key, "must be a section, not one value");
        }

        return new ConfigurationReader(inner, faults);
    }

    /// <summary>Adds a fault of the section itself.</summary>
    public void AddFault(string fault) => faults.Add($"Configuration '{section.Path}' {fault}.");

    /// <summary>Adds a fault for every key that nothing asked for.</summary>
    public void RefuseOtherKeys()
    {
        foreach (IConfigurationSection entry in section.GetChildren().Where(entry => !_known.Contains(entry.Key)))
        {
            AddFault(entry.Key, _known.Count > 0 ? $"is not known here; known are: {string.Join(", ", _known)}" : "is not known here");
        }
    }

    private void AddFault(string key, string fault) => faults.Add($"Configuration '{ConfigurationPath.Combine(section.Path, key)}' {fault}.");
}
