using System.Diagnostics.CodeAnalysis;

namespace FedHe.Orchestration.Identities;

/// <summary>Name of a client within a federation: 1 to 64 ASCII letters, digits, dots, hyphens and underscores.</summary>
public readonly record struct ClientId : IComparable<ClientId>
{
    /// <summary>Longest name, in characters.</summary>
    public const int MaxLength = 64;

    private readonly string? _value;

    /// <summary>Names a client.</summary>
    /// <exception cref="ArgumentException">The name is empty, too long or has other characters.</exception>
    public ClientId(string value)
    {
        if (!IsValid(value))
        {
            throw new ArgumentException(
                $"A client's name has 1 to {MaxLength} ASCII letters, digits, dots, hyphens and underscores.", nameof(value));
        }

        _value = value;
    }

    /// <summary>The name; empty only for the default of this type.</summary>
    public string Value => _value ?? string.Empty;

    /// <summary>Whether a text can name a client.</summary>
    public static bool IsValid([NotNullWhen(true)] string? value)
        => value is { Length: > 0 and <= MaxLength } && value.All(IsAllowed);

    /// <summary>Compares names by their characters' codes, so that every machine sorts clients alike.</summary>
    public int CompareTo(ClientId other) => string.CompareOrdinal(Value, other.Value);

    /// <summary>The name.</summary>
    public override string ToString() => Value;

    /// <summary>Whether a name sorts before another.</summary>
    public static bool operator <(ClientId left, ClientId right) => left.CompareTo(right) < 0;

    /// <summary>Whether a name sorts before another or is the same.</summary>
    public static bool operator <=(ClientId left, ClientId right) => left.CompareTo(right) <= 0;

    /// <summary>Whether a name sorts after another.</summary>
    public static bool operator >(ClientId left, ClientId right) => left.CompareTo(right) > 0;

    /// <summary>Whether a name sorts after another or is the same.</summary>
    public static bool operator >=(ClientId left, ClientId right) => left.CompareTo(right) >= 0;

    private static bool IsAllowed(char character) => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_';
}
