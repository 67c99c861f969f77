using System.Security.Cryptography;
using System.Text;
using FedHe.Crypto.Kernels.Memory;
using FedHe.Crypto.Keys;
using FedHe.Crypto.Random;
using FedHe.Orchestration.Errors;

namespace FedHe.Orchestration.Protection;

/// <summary>
/// A password protector encrypts secrets with AES-256-GCM under a key that PBKDF2-HMAC-SHA-256 derives of a password. It is
/// thread-safe.
/// </summary>
/// <remarks>
/// The slow derivation happens once for a salt, not once for a secret: a protector writes under one salt, the one of the first
/// secret that it opened or a fresh one. The number of iterations is a constant of the format, so that no bytes can choose it.
/// Source: NIST SP 800-132, NIST SP 800-38D.
/// </remarks>
public sealed class PasswordProtector : ISecretProtector, IDisposable
{
    /// <summary>The length of the shortest password, in characters.</summary>
    public const int MinimumPasswordLength = 12;

    private const int Iterations = 600_000;
    private const int SaltLength = 32;
    private const int NonceLength = 12;
    private const int TagLength = 16;
    private const int Overhead = SaltLength + NonceLength + TagLength;

    private readonly byte[] _password;
    private readonly Lock _deriving = new();
    private byte[]? _salt;
    private AesGcm? _cipher;
    private bool _isDisposed;

    /// <summary>Creates a protector of a password.</summary>
    /// <param name="password">The password; the caller may erase it afterwards.</param>
    /// <exception cref="ArgumentException">The password is shorter than <see cref="MinimumPasswordLength"/>.</exception>
    public PasswordProtector(ReadOnlySpan<char> password)
    {
        if (password.Length < MinimumPasswordLength)
        {
            throw Throw.PasswordTooShort(MinimumPasswordLength, nameof(password));
        }

        _password = SecretMemory.Allocate<byte>(Encoding.UTF8.GetByteCount(password));
        Encoding.UTF8.GetBytes(password, _password);
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The protector was disposed, and its password is gone.</exception>
    public byte[] Protect(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> context)
    {
        lock (_deriving)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            if (_cipher is null)
            {
                byte[] salt = new byte[SaltLength];
                HedgedRandom.FillPublic(salt);
                Use(salt);
            }

            byte[] result = new byte[Overhead + secret.Length];
            _salt!.CopyTo(result, 0);
            Span<byte> nonce = result.AsSpan(SaltLength, NonceLength);
            HedgedRandom.FillPublic(nonce);
            _cipher!.Encrypt(nonce, secret, result.AsSpan(Overhead), result.AsSpan(SaltLength + NonceLength, TagLength), context);
            return result;
        }
    }

    /// <inheritdoc/>
    /// <exception cref="ObjectDisposedException">The protector was disposed, and its password is gone.</exception>
    public bool TryUnprotect(ReadOnlySpan<byte> protectedSecret, ReadOnlySpan<byte> context, PinnedBufferWriter secret)
    {
        ArgumentNullException.ThrowIfNull(secret);
        if (protectedSecret.Length < Overhead)
        {
            return false;
        }

        ReadOnlySpan<byte> salt = protectedSecret[..SaltLength];
        int length = protectedSecret.Length - Overhead;
        lock (_deriving)
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            bool isKnown = _cipher is not null && salt.SequenceEqual(_salt);
            AesGcm cipher = isKnown ? _cipher! : Derive(salt);
            try
            {
                Span<byte> opened = secret.GetSpan(length)[..length];
                cipher.Decrypt(
                    protectedSecret.Slice(SaltLength, NonceLength),
                    protectedSecret[Overhead..],
                    protectedSecret.Slice(SaltLength + NonceLength, TagLength),
                    opened,
                    context);
                secret.Advance(length);
                if (_cipher is null)
                {
                    // What is written from now on needs no second derivation, here or after the next restart.
                    (_salt, _cipher, isKnown) = (salt.ToArray(), cipher, true);
                }

                return true;
            }
            catch (AuthenticationTagMismatchException)
            {
                return false;
            }
            finally
            {
                if (!isKnown)
                {
                    cipher.Dispose();
                }
            }
        }
    }

    /// <summary>Zeroes the password and the key.</summary>
    public void Dispose()
    {
        lock (_deriving)
        {
            _isDisposed = true;
            _cipher?.Dispose();
            _cipher = null;
            SecretMemory.Zero<byte>(_password);
        }
    }

    private void Use(byte[] salt) => (_salt, _cipher) = (salt, Derive(salt));

    private AesGcm Derive(ReadOnlySpan<byte> salt)
    {
        Span<byte> key = stackalloc byte[32];
        try
        {
            Rfc2898DeriveBytes.Pbkdf2(_password, salt, key, Iterations, HashAlgorithmName.SHA256);
            return new AesGcm(key, TagLength);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
