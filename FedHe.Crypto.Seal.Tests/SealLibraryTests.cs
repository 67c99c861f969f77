using System.Reflection;
using System.Runtime.InteropServices;
using FedHe.Crypto.Errors;
using FedHe.Crypto.Seal.Errors;
using FedHe.Crypto.Seal.Native;

namespace FedHe.Crypto.Seal.Tests;

/// <summary>What a host hears when SEAL is not there, whether this machine has it or not.</summary>
public sealed class SealLibraryTests
{
    [Fact]
    public void Scheme_PathWithoutALibrary_IsRefusedAndNothingElseIsTried()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "missing", "libsealc.so");

        SealLibraryException refusal = Refusal(path);

        refusal.Error.Should().Be(SealLibraryError.NotFound);
        refusal.Message.Should().Contain(path).And.Contain("SEAL_BUILD_SEAL_C").And.Contain("docs/seal-native.md");
    }

    [Fact]
    public void Scheme_EmptyPath_IsNotTakenForNone()
        => Refusal(string.Empty).Error.Should().Be(SealLibraryError.NotFound);

    [Fact]
    public void Scheme_FileThatIsNoLibrary_IsRefusedWithTheLoadersWords()
    {
        string path = Path.Combine(Path.GetTempPath(), $"fedhe-{Guid.NewGuid():N}.so");
        File.WriteAllText(path, "not a library");
        try
        {
            SealLibraryException refusal = Refusal(path);

            refusal.Error.Should().Be(SealLibraryError.NotLoadable);
            refusal.InnerException.Should().NotBeNull();
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void Scheme_AnotherLibrary_IsRefusedBeforeItIsUsed()
    {
        string path = Directory.EnumerateFiles(RuntimeEnvironment.GetRuntimeDirectory(), "*System.Native.*")
            .First(file => Path.GetExtension(file) is ".so" or ".dylib" or ".dll");

        Refusal(path).Error.Should().BeOneOf(SealLibraryError.NotSeal, SealLibraryError.AnotherInUse);
    }

    [Theory]
    [InlineData(3, 7, 2)]
    [InlineData(4, 0, 0)]
    [InlineData(5, 0, 0)]
    public void Version_NotSupported_IsRefusedByName(int major, int minor, int patch)
        => FluentActions.Invoking(() => SealLibrary.CheckVersion(new Version(major, minor, patch)))
            .Should().Throw<SealLibraryException>().Which.Error.Should().Be(SealLibraryError.VersionNotSupported);

    [Theory]
    [InlineData(4, 1, 0)]
    [InlineData(4, 1, 2)]
    [InlineData(4, 4, 3)]
    [InlineData(4, 5, 0)]
    public void Version_Supported_IsAccepted(int major, int minor, int patch)
        => FluentActions.Invoking(() => SealLibrary.CheckVersion(new Version(major, minor, patch))).Should().NotThrow();

    [Fact]
    public void Exports_Checked_AreThoseThatAreUsed()
    {
        string[] imported =
        [
            .. typeof(SealImports).GetMethods(BindingFlags.Static | BindingFlags.Public)
                .Select(method => method.Name)
                .Distinct(),
        ];

        SealImports.Exports.Should().BeEquivalentTo(imported).And.OnlyHaveUniqueItems();
    }

    private static SealLibraryException Refusal(string path)
        => FluentActions.Invoking(() => new SealScheme(new SealOptions { LibraryPath = path }))
            .Should().Throw<SealLibraryException>().Which;
}
