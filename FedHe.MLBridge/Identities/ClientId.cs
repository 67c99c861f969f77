using System.Diagnostics.CodeAnalysis;
using FedHe.MLBridge.Errors;

namespace FedHe.MLBridge.Identities;

/// <summary>
/// A client identifier is a client's name within a federation: 1 to 64 ASCII letters, digits, dots, hyphens and
/// underscores.
/// </summary>
public readonly record struct ClientId : IComparable<ClientId>
{
    /// <summary>The length of the longest name: 64 characters.</summary>
    public const int MaxLength = 64;

    private readonly string? _value;

    /// <summary>Creates the identifier with a given name.</summary>
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

    /// <summary>The name of the client; empty only for the default of this type.</summary>
    public string Value => _value ?? string.Empty;

    /// <summary>Returns whether a text is a valid client name.</summary>
    public static bool IsValid([NotNullWhen(true)] string? value)
        => value is { Length: > 0 and <= MaxLength } && value.All(IsAllowed);

    /// <summary>Compares names by their character codes, so that every machine sorts clients alike.</summary>
    public int CompareTo(ClientId other) => string.CompareOrdinal(Value, other.Value);

    /// <summary>Returns the name of the client.</summary>
    public override string ToString() => Value;

    /// <summary>Returns whether the left name sorts before the right one.</summary>
    public static bool operator <(ClientId left, ClientId right) => left.CompareTo(right) < 0;

    /// <summary>Returns whether the left name sorts before the right one or equals it.</summary>
    public static bool operator <=(ClientId left, ClientId right) => left.CompareTo(right) <= 0;

    /// <summary>Returns whether the left name sorts after the right one.</summary>
    public static bool operator >(ClientId left, ClientId right) => left.CompareTo(right) > 0;

    /// <summary>Returns whether the left name sorts after the right one or equals it.</summary>
    public static bool operator >=(ClientId left, ClientId right) => left.CompareTo(right) >= 0;

    private static bool IsAllowed(char character) => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_';
}
