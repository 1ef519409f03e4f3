namespace VzDump.Tests.Architecture;

internal static class Found
{
    /// <summary>Fails with every sentence, in full.</summary>
    public static void Nothing(IReadOnlyList<string> sentences) => Assert.True(sentences.Count == 0, string.Join('\n', sentences));
}
