using FedHe.Crypto.Keys;
using FedHe.Hosting.Errors;
using FedHe.Orchestration.Protection;
using Microsoft.Extensions.DependencyInjection;

namespace FedHe.Hosting.Folders;

/// <summary>A party protector encrypts the secrets in the folder of a party: by the host's key store, or by a password in a file.</summary>
public sealed class PartyProtector : ISecretProtector, IDisposable
{
    private const UnixFileMode Others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private readonly ISecretProtector _inner;
    private readonly PasswordProtector? _owned;

    private PartyProtector(ISecretProtector inner, PasswordProtector? owned) => (_inner, _owned) = (inner, owned);

    /// <summary>
    /// Opens the protector of a party: the <see cref="ISecretProtector"/> that the host registered with the name of the job as its key or
    /// without one, or else the password in a file.
    /// </summary>
    /// <param name="services">The services of the host.</param>
    /// <param name="name">The name of the job in this host.</param>
    /// <param name="passwordFile">The path of a file that holds one line, the password, and that only its owner can read; or null.</param>
    /// <exception cref="HostingException">There is neither, or the file is not as it must be.</exception>
    public static PartyProtector Open(IServiceProvider services, string name, string? passwordFile)
    {
        ArgumentNullException.ThrowIfNull(services);
        if ((services.GetKeyedService<ISecretProtector>(name) ?? services.GetService<ISecretProtector>()) is ISecretProtector registered)
        {
            return new PartyProtector(registered, owned: null);
        }

        if (string.IsNullOrWhiteSpace(passwordFile))
        {
            throw Throw.ProtectorMissing(name);
        }

        string path = Path.GetFullPath(passwordFile);
        if (!File.Exists(path))
        {
            throw Throw.FileMissing(path, "it is to hold the password of the party's secrets.");
        }

        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != 0)
        {
            throw Throw.PasswordReadable(path);
        }

        string password = File.ReadAllText(path).TrimEnd('\r', '\n');
        if (password.Length < PasswordProtector.MinimumPasswordLength)
        {
            throw Throw.PasswordTooShort(path, PasswordProtector.MinimumPasswordLength);
        }

        var protector = new PasswordProtector(password);
        return new PartyProtector(protector, protector);
    }

    /// <inheritdoc/>
    public byte[] Protect(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context) => _inner.Protect(secret, context);

    /// <inheritdoc/>
    public bool TryUnprotect(ReadOnlySpan<byte> protectedSecret, ReadOnlySpan<byte> context, PinnedBufferWriter secret)
        => _inner.TryUnprotect(protectedSecret, context, secret);

    /// <summary>Zeroes the password. A protector that the host registered stays.</summary>
    public void Dispose() => _owned?.Dispose();
}
