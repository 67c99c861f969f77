using FedHe.Privacy.Errors;

namespace FedHe.Privacy.Tests.Support;

/// <summary>Asserts that an action is refused by the name of the reason.</summary>
internal static class Refusal
{
    public static void Of(Action action, PrivacyError error)
        => action.Should().Throw<PrivacyException>().Which.Error.Should().Be(error);

    public static void Of<T>(Func<T> function, PrivacyError error) => Of(() => { function(); }, error);
}
