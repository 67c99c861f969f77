using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace FedHe.PrivacyAudit.Runs;

/// <summary>A store keeps finished attempts in memory or in a file that only grows, one line of JSON for each attempt.</summary>
/// <remarks>A line that was cut off by a crash, or that is damaged, is skipped: its attempt is made again.</remarks>
public sealed class AttemptStore
{
    private readonly Dictionary<string, StoredAttempt> _attempts = new(StringComparer.Ordinal);
    private readonly string? _path;

    /// <summary>Creates a store that keeps attempts in memory only.</summary>
    public AttemptStore()
    {
    }

    /// <summary>Opens a store that keeps attempts in a file, and reads the attempts that the file already holds.</summary>
    /// <param name="path">The file; made when it does not exist.</param>
    /// <exception cref="IOException">The file cannot be read or written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read or written.</exception>
    public AttemptStore(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = path;

        // A folder that cannot be written to shows now, not after the first long attempt.
        using (new FileStream(path, FileMode.Append, FileAccess.Write))
        {
        }

        string text = File.ReadAllText(path);
        foreach (string line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (TryParse(line, out Line? parsed))
            {
                _attempts[parsed.Key] = parsed.Attempt;
            }
        }

        if (text.Length > 0 && !text.EndsWith('\n'))
        {
            File.AppendAllText(path, "\n");
        }
    }

    /// <summary>The number of attempts in the store.</summary>
    public int Count => _attempts.Count;

    internal bool TryFind(string key, [NotNullWhen(true)] out StoredAttempt? attempt) => _attempts.TryGetValue(key, out attempt);

    internal void Add(string key, StoredAttempt attempt)
    {
        _attempts[key] = attempt;
        if (_path is not null)
        {
            File.AppendAllText(_path, JsonSerializer.Serialize(new Line(key, attempt), AttemptJson.Default.Line) + '\n');
        }
    }

    private static bool TryParse(string text, [NotNullWhen(true)] out Line? line)
    {
        try
        {
            line = JsonSerializer.Deserialize(text, AttemptJson.Default.Line);
            return line is { Key: not null, Attempt.Pixels: not null };
        }
        catch (JsonException)
        {
            line = null;
            return false;
        }
    }

    internal sealed record Line(string Key, StoredAttempt Attempt);
}
