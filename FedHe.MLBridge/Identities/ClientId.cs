using System.Diagnostics.CodeAnalysis;
using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Identities;

/// <summary>A client's name within a federation: 1 to 64 ASCII letters, digits, dots, hyphens and underscores.</summary>
public readonly record struct ClientId : IComparable<ClientId>
{
    /// <summary>The longest name has 64 characters.</summary>
    public const int MaxLength = 64;

    private readonly string? _value;

    /// <summary>Names a client.</summary>
    /// <param name="value">The name.</param>
    /// <exception cref="ArgumentException">The name is empty, too long or has other characters.</exception>
    public ClientId(string value)
    {
        if (!IsValid(value))
        {
            throw Throw.InvalidClientId(MaxLength, nameof(value));
        }

        _value = value;
    }

    /// <summary>The name; empty only for the default of this type.</summary>
    public string Value => _value ?? string.Empty;

    /// <summary>Tells whether a text can name a client.</summary>
    public static bool IsValid([NotNullWhen(true)] string? value)
        => value is { Length: > 0 and <= MaxLength } && value.All(IsAllowed);

    /// <summary>Compares names by their characters' codes, so that every machine sorts clients alike.</summary>
    public int CompareTo(ClientId other) => string.CompareOrdinal(Value, other.Value);

    /// <summary>Returns the name.</summary>
    public override string ToString() => Value;

    /// <summary>Tells whether a name sorts before another.</summary>
    public static bool operator <(ClientId left, ClientId right) => left.CompareTo(right) < 0;

    /// <summary>Tells whether a name sorts before another or equals it.</summary>
    public static bool operator <=(ClientId left, ClientId right) => left.CompareTo(right) <= 0;

    /// <summary>Tells whether a name sorts after another.</summary>
    public static bool operator >(ClientId left, ClientId right) => left.CompareTo(right) > 0;

    /// <summary>Tells whether a name sorts after another or equals it.</summary>
    public static bool operator >=(ClientId left, ClientId right) => left.CompareTo(right) >= 0;

    private static bool IsAllowed(char character) => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_';
}
